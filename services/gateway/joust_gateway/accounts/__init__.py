"""Accounts, their agents and their API keys."""
