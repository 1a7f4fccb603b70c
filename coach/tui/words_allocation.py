"""Texts of the supervisor's allocation screen."""

from __future__ import annotations

TEXTS_ALLOCATION: dict[str, tuple[str, str]] = {}
