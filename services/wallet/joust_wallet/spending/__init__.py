"""What keys with a cap have spent, so that an agent cannot drain the wallet of its owner."""
