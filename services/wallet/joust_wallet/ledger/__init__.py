"""Double entry: accounts, transfers between them, and the proof that no cent is lost."""
