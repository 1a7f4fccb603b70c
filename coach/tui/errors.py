"""What a service may refuse or fail with: shown as one line, never as a traceback."""

from __future__ import annotations


def expected() -> tuple[type[Exception], ...]:
    """The exceptions whose text is meant for a person. Imports late: services are heavy."""
    from sqlalchemy.exc import DBAPIError

    from coach.playbook.cards import CardError
    from coach.services.errors import Refused
    from coach.settings import SettingsError
    from coach.store.db import StoreError
    from coach.store.importing.messages import ImportFailed

    return Refused, SettingsError, StoreError, ImportFailed, CardError, DBAPIError, OSError


def one_line(error: BaseException) -> str:
    """The error in one line, without the database's statement behind it."""
    original = getattr(error, "orig", None)
    return (str(original or error).strip().splitlines() or [type(error).__name__])[0]
