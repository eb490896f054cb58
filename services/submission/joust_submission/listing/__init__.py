"""Lists of submissions: an account's own, and those to a task."""
