print('find duplicate files')
