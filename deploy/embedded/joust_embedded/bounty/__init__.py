"""One bounty from post to payment, played over the public REST API of a running stack."""
