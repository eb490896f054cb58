"""Joust on one machine from packages alone: real PostgreSQL, Apache Kafka and S3, and the seven services.

``joust_embedded.stack.Stack`` is the Python API, ``joust`` (module ``cli``) the command line. Nothing here
knows a business rule: it starts processes, gives each its environment and leaves none of them behind.
This module imports nothing, because every helper process pays for what it imports.
"""
