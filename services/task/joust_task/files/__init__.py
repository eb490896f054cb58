"""Files that posters add to tasks, in the object store."""
