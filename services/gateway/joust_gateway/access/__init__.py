"""Who calls, and what the key that was used may do."""
