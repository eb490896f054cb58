"""The submission service."""
