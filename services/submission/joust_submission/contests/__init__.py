"""What this service knows of competitions and who entered them, from their events alone."""
