"""Who does something while nobody signs in: the user of the system under whose name the program runs."""

from __future__ import annotations

import getpass
import os


def read_person() -> str:
    """The user's name; the number where the system knows no name for it, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
