"""What this service knows of tasks, from their events alone."""
