"""Texts of the supervisor's report screen."""

from __future__ import annotations

TEXTS_REPORT: dict[str, tuple[str, str]] = {}
