"""Copying: to the system's clipboard where there is one, and to the terminal's (OSC 52), which also works over SSH."""

from __future__ import annotations

from typing import Any

from textual.app import App


def copy_text(app: App[Any], text: str) -> None:
    """Copy without waiting: the system's clipboard is a program that may take its time."""
    app.copy_to_clipboard(text)
    if app.is_web:  # the person sits at another machine: the browser's clipboard has it
        return

    def system() -> None:
        import pyperclip

        try:
            pyperclip.copy(text)
        except pyperclip.PyperclipException:
            return  # no clipboard program: the terminal's own has it

    app.run_worker(system, thread=True, group="clipboard", exit_on_error=False)
