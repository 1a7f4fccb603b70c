"""Composing a screen anew without losing where the person was: the focused field and the caret in it."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


async def recompose_keeping(screen: Screen[Any]) -> None:
    """Recompose a screen; the focused widget (by its id) and its caret stay. Widgets without an id lose the focus."""
    focused = screen.focused
    name = focused.id if focused is not None else None
    caret = {attr: getattr(focused, attr) for attr in ("cursor_location", "cursor_position") if hasattr(focused, attr)}
    await screen.recompose()
    if not name:
        return
    for again in screen.query(f"#{name}").results():
        for attr, value in caret.items():
            setattr(again, attr, value)
        if again.can_focus and screen.focused is not again:
            screen.set_focus(again)
        return
