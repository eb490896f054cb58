"""Where an evaluation stands among those that have no result yet."""
