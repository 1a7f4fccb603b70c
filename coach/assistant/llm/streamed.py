"""What is shown while the model still writes: the texts out of the half-written JSON, with the names put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coach.assistant.engine import Watch
from coach.assistant.masking import Mask
from coach.assistant.verify import clean
from coach.domain.words import Lang


def texts_of(value: Any) -> list[str]:
    """Every text that a person reads, in the order in which it was written."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        return [text for key, item in value.items() if key not in ("cites", "tool") for text in texts_of(item)]
    return [text for item in value for text in texts_of(item)] if isinstance(value, list) else []


class Shown:
    """A watch that hands on readable text instead of JSON."""

    def __init__(self, watch: Watch, mask: Mask, lang: Lang) -> None:
        self._watch, self._mask, self._lang = watch, mask, lang

    def wrote(self, text: str) -> None:
        from langchain_core.utils.json import parse_partial_json

        start = text.find("{")
        if start < 0:
            return
        try:
            value = parse_partial_json(text[start:])
        except ValueError:
            return
        if lines := texts_of(value):
            self._watch.wrote(clean(self._mask.show("\n".join(lines))))

    @property
    def stopped(self) -> bool:
        return self._watch.stopped

    def on_stop(self, call: Callable[[], None]) -> None:
        self._watch.on_stop(call)
