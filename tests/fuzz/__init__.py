"""Schemathesis over the public API, as its OpenAPI document describes it."""
