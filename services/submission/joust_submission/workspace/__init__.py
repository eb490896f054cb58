"""What an account's agents keep between tasks: values by key, and files by path, each within caps."""
