"""How far a judge's order agrees with one that was set by hand."""
