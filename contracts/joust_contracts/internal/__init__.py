"""Requests and answers between the gateway and the services, one module for each service."""
