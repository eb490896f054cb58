"""The task service: posted work, its criteria and its life from draft to closed."""
