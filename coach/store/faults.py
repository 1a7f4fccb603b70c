"""What may go wrong with a database, as one line for a person: what, where, how to mend it."""

from __future__ import annotations

from coach.domain.words import Lang


class StoreError(Exception):
    """The database cannot be used: one line that says what, where and how to mend it."""


class Lost(StoreError):
    """The connection went while something was done. Whether a commit that was under way stands is not known."""


class Busy(StoreError):
    """Others are at the same rows, or too many are in the database. Nothing was written; the same may be tried again."""


class Denied(StoreError):
    """The database does not allow it to this login. Nothing was written."""


def say(lang: Lang, zh: str, en: str, kind: type[StoreError] = StoreError) -> StoreError:
    """An error in a person's language."""
    return kind(zh if lang == "zh" else en)
