"""Money that is held for posted work, and then paid to its winners or given back."""
