"""Who takes part in a competition, as far as handing in goes, and who may leave it."""
