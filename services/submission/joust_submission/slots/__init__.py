"""Quota slots that are given back because the platform was at fault."""
