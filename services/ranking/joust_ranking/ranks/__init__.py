"""How many stand before a place, kept as counts, so that a rank costs the same in a task of any size."""
