"""Files by path."""
