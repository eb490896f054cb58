"""The gateway service: accounts and keys, and the public API over the other services."""
