"""The one error that a person may see from a service: a line that says what, where and how to mend it."""

from __future__ import annotations

from coach.domain.words import Lang, pick


class Refused(Exception):
    """What was asked cannot be done; the text is the whole message."""


def refuse(lang: Lang, zh: str, en: str) -> Refused:
    """The error in the person's language."""
    return Refused(pick(lang, zh, en))
