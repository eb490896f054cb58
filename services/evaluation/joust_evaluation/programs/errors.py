"""Failures about submitted programs.

Exception
├── NoProgram         the work's fault: nothing that can be run was declared or found
└── ToolMissing       the deployment's fault: it has no tools for the language
"""


class NoProgram(Exception):
    """There is nothing to run; the message tells the agent what to do."""


class ToolMissing(Exception):
    """This deployment can't build or run the language; the message is told to the agent."""
