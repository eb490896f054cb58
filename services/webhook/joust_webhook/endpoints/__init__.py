"""Registered endpoints: where to send what, and the secret that signs it."""
