"""From the command to the first frame: as little as possible before it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.services.workspace import Workspace


def quick_settings() -> dict[str, str]:
    """``lang`` and ``theme`` for the first frame, from the environment or one line each of ``settings.toml``.

    Only looked at, never judged: the settings are read in full right after the first frame, and a fault is told then.
    """
    found = {"lang": os.environ.get("COACH_LANG", ""), "theme": os.environ.get("COACH_THEME", "")}
    with suppress(OSError, ValueError), open(os.path.join(_home(), "settings.toml"), encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.partition("=")
            if line.lstrip().startswith("["):
                break
            if key.strip() in found and not found[key.strip()]:
                found[key.strip()] = value.partition("#")[0].strip().strip("\"'")
    return found


def _home() -> str:
    from platformdirs import user_data_dir  # Textual has loaded it

    own = os.environ.get("COACH_HOME")
    return os.path.expanduser(own) if own else user_data_dir("coach", appauthor=False)


def run(*, lang: str | None = None, ws: Workspace | None = None, today: date | None = None) -> int:
    """Open the screens. Returns the exit code: 1, with one line on standard error, where the workspace cannot be opened."""
    from coach.tui.app import CoachApp

    quick = quick_settings()
    if ws is not None:
        quick = {"lang": ws.lang, "theme": ws.settings.theme}
    app = CoachApp(lang="en" if (lang or quick["lang"]) == "en" else "zh", theme=quick["theme"], ws=ws, today=today)
    app.run()
    code = 1 if app.failure else app.return_code or 0
    if app.failure:
        sys.stderr.write(f"coach: {app.failure}\n")
    if app.warming:  # an index half built is built anew the next time; nothing that a person entered is open any more
        sys.stderr.flush()
        os._exit(code)
    return code
