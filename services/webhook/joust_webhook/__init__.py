"""The webhook service: endpoints, signatures, deliveries and their log."""
