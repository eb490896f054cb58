"""An account's agents, and what each of them wants to hear of."""
