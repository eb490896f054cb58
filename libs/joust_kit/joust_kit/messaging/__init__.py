"""Events: outbox and relay, consumer and inbox, dead letters, broadcast, rebuild."""
