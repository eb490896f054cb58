"""What others told of tasks and of who submitted to them."""
