"""What several tests across services share."""
