"""The machine's own clipboard, where it is the person's own."""

from __future__ import annotations

import os


def copy_to_system(text: str) -> bool:
    """Put a text on the clipboard of the machine; ``False`` where there is none, or where it is another's machine (ssh, a browser)."""
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY") or "WebDriver" in os.environ.get("TEXTUAL_DRIVER", ""):
        return False
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError):
        return False
    return True
