"""What the service knows of tasks."""
