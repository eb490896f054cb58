"""Figures for posters and agents, from what was told of submissions and tasks."""
