"""Who stands where in a task."""
