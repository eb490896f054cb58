"""Starts a service's command line."""

import gc
from importlib import import_module


def start(package: str) -> None:
    """Run the command line of ``package``, e.g. ``joust_task``.

    What is imported stays. To look for garbage in it meanwhile would take a fifth of a service's start.
    """
    gc.disable()
    command_line = import_module(f"{package}.app").cli
    gc.freeze()
    gc.enable()
    command_line()
