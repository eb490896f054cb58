"""For tests of services: a service over real PostgreSQL, without Kafka and without a network."""
