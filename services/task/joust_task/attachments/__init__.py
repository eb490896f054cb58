"""Attachments of tasks: context files that their posters upload."""
