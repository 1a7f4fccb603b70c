"""Texts of the supervisor's log screen."""

from __future__ import annotations

TEXTS_LOG: dict[str, tuple[str, str]] = {}
