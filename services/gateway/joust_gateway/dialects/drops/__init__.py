"""The Drops dialect: short bounties under ``/api/jobs``, as the Drops document has them."""
