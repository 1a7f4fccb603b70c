"""From the command to the first frame: as little as possible before it."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING

from coach.domain.words import Lang

if TYPE_CHECKING:
    from coach.services.workspace import Workspace


def quick_lang() -> Lang:
    """The language for the first frame: ``COACH_LANG``, else one line of ``settings.toml``; checked in full right after."""
    named = os.environ.get("COACH_LANG", "")
    if not named:
        home = os.environ.get("COACH_HOME")
        if home:
            try:
                with open(os.path.join(os.path.expanduser(home), "settings.toml"), encoding="utf-8") as lines:
                    named = next((line.partition("=")[2].strip().strip("\"'") for line in lines if line.split("=")[0].strip() == "lang"), "")
            except OSError:
                named = ""
    return "en" if named == "en" else "zh"


def run(*, lang: str | None = None, ws: Workspace | None = None, today: date | None = None) -> int:
    """Open the screens. Returns the exit code: 1, with one line on standard error, where the workspace cannot be opened."""
    from coach.tui.app import CoachApp

    app = CoachApp(lang="en" if (lang or quick_lang()) == "en" else "zh", ws=ws, today=today)
    app.run()
    if app.failure:
        sys.stderr.write(f"coach: {app.failure}\n")
        return 1
    return 0
