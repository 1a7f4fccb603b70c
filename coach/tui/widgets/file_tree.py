"""A folder's tables as a tree: only what can be imported (and map files) is shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from textual.suggester import Suggester
from textual.widgets import DirectoryTree

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
MAPS = (".toml",)


class FileTree(DirectoryTree):
    """Folders and files that can be brought in; hidden ones are left out."""

    ICON_NODE, ICON_NODE_EXPANDED, ICON_FILE = "> ", "v ", "  "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [p for p in paths if not p.name.startswith(".") and (_is_folder(p) or p.suffix.lower() in (*TABLES, *MAPS))]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # no permission, or gone
        return False


class PathSuggester(Suggester):
    """Completes a path as it is typed: the first folder or table that begins so."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        if not value.strip():
            return None
        typed = Path(value).expanduser()
        folder, start = (typed, "") if value.endswith("/") else (typed.parent, typed.name)
        try:
            names = sorted(p for p in folder.iterdir() if p.name.startswith(start) and not p.name.startswith("."))
        except OSError:
            return None
        found = next((p for p in names if _is_folder(p) or p.suffix.lower() in (*TABLES, *MAPS)), None)
        if found is None:
            return None
        return value + found.name[len(start):] + ("/" if _is_folder(found) else "")
