"""The public feed of completed drops."""
