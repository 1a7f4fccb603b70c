"""Writing the report's files: whole or not at all, both or neither."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from coach.services.errors import refuse
from coach.services.report import Report


def write(made: Report, *, html: Path | None = None, xlsx: Path | None = None) -> list[Path]:
    """Write the forms asked for; a file that is there is replaced in one step. Returns the files, absolute.

    Raises :class:`~coach.services.errors.Refused` where one cannot be written; then none was changed.
    """
    wanted: list[tuple[Path, bytes]] = []
    if html is not None:
        from coach.services.report_html import html as page

        wanted.append((_place(made, html), page(made).encode()))
    if xlsx is not None:
        from coach.services.report_xlsx import xlsx as book

        wanted.append((_place(made, xlsx), book(made)))
    if len({path for path, _ in wanted}) < len(wanted):
        same = wanted[0][0]
        raise refuse(made.lang, f"--html 与 --xlsx 指向同一个文件 {same}；请分开", f"--html and --xlsx both name {same}; use two")
    beside: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, content in wanted:
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            beside.append((temporary, path))
            _put(temporary, content)
        for temporary, path in beside:
            os.replace(temporary, path)
    except OSError as error:
        raise refuse(
            made.lang, f"写不了 {path}（{error.strerror}）；请换一个位置",
            f"{path} cannot be written ({error.strerror}); choose another place",
        ) from None
    finally:
        for temporary, _ in beside:
            with suppress(FileNotFoundError):
                temporary.unlink()
    return [path for path, _ in wanted]


def _place(made: Report, path: Path) -> Path:
    path = Path(os.path.abspath(path.expanduser()))
    if path.is_dir():
        raise refuse(made.lang, f"{path} 是文件夹；请给出文件名", f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise refuse(made.lang, f"没有文件夹 {path.parent}；请先建立", f"there is no folder {path.parent}; make it first")
    return path


def _put(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
