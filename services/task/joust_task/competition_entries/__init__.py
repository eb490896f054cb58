"""Who takes part in which competition."""
