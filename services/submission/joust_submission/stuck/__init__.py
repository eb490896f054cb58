"""Finds submissions whose evaluation stopped moving, and moves or ends them."""
