"""Where the program's own data stands: in the wheel beside the code, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "_data"
_DATA = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent

KNOWLEDGE = _DATA / "knowledge"
PROMPTS = _DATA / "prompts"
