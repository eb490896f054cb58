"""The ranking of drops: all that was handed in is judged together."""
