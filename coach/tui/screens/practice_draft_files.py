"""A scenario being written, on the disk: checked by the reader, saved among the branch's scenarios, kept as a draft. In a thread."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from coach.tui.screens.practice_draft import ID, Draft, Key

if TYPE_CHECKING:
    from coach.services.workspace import Workspace

DRAFT = "form-draft.json"
"""Kept in the branch's folder of scenarios; no reader takes it for one."""


def problems(ws: Workspace, draft: Draft, folder: Path) -> dict[Key | None, list[str]]:
    """What the reader says of the draft, by field; under ``None`` what belongs to no field. Written to a folder of its own for that."""
    from coach.services.practice import check

    text, keys = draft.toml()
    name = draft.get(("id",)).strip()
    path = folder / f"{name if ID.fullmatch(name) else 'x'}.toml"
    path.write_text(text, encoding="utf-8")
    found: dict[Key | None, list[str]] = {}
    try:
        for one in check(ws, path):
            key = keys[one.line - 1] if one.line and one.line <= len(keys) else None
            found.setdefault(key, []).append(one.zh if ws.lang == "zh" else one.en)
    finally:
        path.unlink(missing_ok=True)
    return found


def save(ws: Workspace, draft: Draft) -> Path:
    """Put the scenario into the branch's folder; the kept draft goes. Call it only where nothing is wrong any more."""
    folder = own_folder(ws)
    path = folder / f"{draft.get(('id',)).strip()}.toml"
    beside = folder / f".{path.name}.new"
    beside.write_text(draft.toml()[0], encoding="utf-8")
    beside.replace(path)
    (folder / DRAFT).unlink(missing_ok=True)
    return path


def own_folder(ws: Workspace) -> Path:
    """The branch's folder of scenarios, made where it is missing."""
    folder = ws.home / "scenarios"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(ws: Workspace, draft: Draft) -> None:
    """Keep what was typed for the next time."""
    (own_folder(ws) / DRAFT).write_text(json.dumps(draft.as_json(), ensure_ascii=False), encoding="utf-8")


def kept(ws: Workspace) -> Draft | None:
    """The draft that was kept; ``None`` where there is none, or none that can be read."""
    try:
        return Draft.from_json(json.loads((ws.home / "scenarios" / DRAFT).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(ws: Workspace) -> None:
    """Throw the kept draft away."""
    (ws.home / "scenarios" / DRAFT).unlink(missing_ok=True)
