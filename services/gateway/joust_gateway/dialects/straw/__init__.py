"""The Straw API: rubric tasks."""
