"""Several processes of every service."""
