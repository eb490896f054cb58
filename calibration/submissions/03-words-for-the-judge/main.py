print("find duplicate files")
