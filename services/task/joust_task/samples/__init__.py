"""Samples on which a draft's judge is tried: good work, and work that only pretends."""
