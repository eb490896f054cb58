"""What changes elsewhere, told to open connections."""
