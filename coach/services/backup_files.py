"""What a workspace keeps beside its database and a backup holds too: the policy, scenarios and documents of its own.

Settings are not among them: they name servers and may hold a key.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from coach.store.db import private_folder

_FOLDERS = {"scenarios": "*.toml", "documents": "*.json"}
_OURS = re.compile(r"policy\.toml|scenarios/[^/\\\0]+\.toml|documents/[^/\\\0]+\.json")


def own_files(home: Path) -> dict[str, bytes]:
    """Path in the workspace → content, in order of the paths. Raises ``OSError``."""
    paths = [home / "policy.toml", *(path for folder, which in _FOLDERS.items() for path in sorted((home / folder).glob(which)))]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def is_ours(path: str) -> bool:
    """Whether a path names such a file and leads nowhere else."""
    return _OURS.fullmatch(path) is not None


@contextmanager
def exchanged(home: Path, files: Mapping[str, bytes]) -> Iterator[Callable[[], None]]:
    """Lay the files ready; the call puts them in place of all that are there, and an error after it brings those back.

    Both are renames, so what may go wrong (a full disk, a folder that may not be written) goes wrong before. Raises ``OSError``.
    """
    stage = Path(mkdtemp(prefix=".restore-", dir=private_folder(home)))
    new, old = stage / "new", stage / "old"
    for path, content in files.items():
        target = new / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    came: list[str] = []
    went: list[str] = []

    def put() -> None:
        for path in own_files(home):
            _move(home / path, old / path)
            went.append(path)
        for path in files:
            _move(new / path, home / path)
            came.append(path)

    try:
        yield put
    except BaseException:
        for path in came:
            (home / path).unlink()
        for path in went:
            _move(old / path, home / path)
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.replace(source, target)
