"""What is handed in to drops, and the files that belong to it."""
