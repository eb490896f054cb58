"""Full-text search over published tasks."""
