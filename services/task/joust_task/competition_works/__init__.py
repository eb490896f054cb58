"""What was handed in to which competition, as the submission service tells."""
