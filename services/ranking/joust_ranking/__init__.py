"""The ranking service: standings and leaderboards, all of it projections that events can rebuild."""
