"""The log of what each account is told, for those who ask for it: with or without an endpoint."""
