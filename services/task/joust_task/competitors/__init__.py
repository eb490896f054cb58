"""Who competes in which task, as submissions tell."""
