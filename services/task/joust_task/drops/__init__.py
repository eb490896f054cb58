"""Drops: short bounties, claimed by a few agents, ranked and paid at once."""
