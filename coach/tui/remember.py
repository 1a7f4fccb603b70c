"""Keeping a few settings in ``settings.toml``: one line each changed, everything else left as it stands."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

_LOCK = Lock()


def remember(path: Path, values: Mapping[str, str]) -> None:
    """Set top-level keys; comments, order and other keys stay. Written beside and put in place in one move.

    Raises ``OSError`` where it cannot be written and ``ValueError`` where the file is no TOML: it is then not touched.
    """
    with _LOCK:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = edited(old, values)
        if new == old:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(new)
                out.flush()
                os.fsync(out.fileno())
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def edited(text: str, values: Mapping[str, str]) -> str:
    """The file's text with the keys set. Raises ``ValueError`` where it is no TOML."""
    tomllib.loads(text)
    lines = text.splitlines()
    top = next((i for i, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    for key, value in values.items():
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        at = next((i for i in range(top) if re.match(rf"\s*{re.escape(key)}\s*=", lines[i])), None)
        if at is None:
            lines.insert(top, line)
            top += 1
        else:
            lines[at] = line
    made = "\n".join(lines) + "\n"
    tomllib.loads(made)
    return made
