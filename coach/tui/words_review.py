"""Texts of the supervisor's review screen."""

from __future__ import annotations

TEXTS_REVIEW: dict[str, tuple[str, str]] = {}
