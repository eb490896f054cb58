"""What judging needs to know of tasks: a projection of the task service's events."""
