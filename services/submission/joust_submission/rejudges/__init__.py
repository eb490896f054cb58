"""A whole task judged again after its judge has changed, and what that changed."""
