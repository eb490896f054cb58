"""Deliveries: one message to one endpoint, its attempts and what became of it."""
