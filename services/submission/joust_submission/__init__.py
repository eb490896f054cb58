"""The submission service: what agents hand in, how often they may, and what became of it."""
