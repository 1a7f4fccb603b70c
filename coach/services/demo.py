"""The demo branch: invented clients in a workspace of its own, brought in like any branch's own files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from platformdirs import user_data_path

from coach.demo import generate, write_files
from coach.domain.words import Lang
from coach.services.clients import managers
from coach.services.errors import refuse
from coach.services.imports import ImportJob, Progress, bring_in
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Meta

DEMO = "demo"
"""Meta key of a demo workspace: its size, seed and date."""


MARK = "demo-branch"
"""The file that makes a folder a demo branch's; nothing is ever replaced in a folder without it."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo branch that was made."""

    home: Path
    clients: int
    seed: int
    date: date
    managers: tuple[str, ...]
    made: bool
    """False where the same one was there already."""


def default_home() -> Path:
    """Where a demo branch lives when no folder is named: beside the real workspace, never in it."""
    return user_data_path("coach-demo", appauthor=False)


def is_demo(home: Path) -> bool:
    """Whether a workspace is a demo branch's."""
    return (home / MARK).is_file()


def make_demo(home: Path, clients: int, seed: int, today: date, lang: Lang, progress: Progress | None = None) -> tuple[Workspace, Demo]:
    """A demo branch in a folder; the one that is there is used again when size, seed, date and language are the same.

    Raises :class:`~coach.services.errors.Refused` where the folder holds something that is no demo branch.
    """
    if not 1 <= clients <= 1_000_000:
        raise refuse(lang, f"客户数要在 1 到 1,000,000 之间，不是 {clients}", f"give between 1 and 1,000,000 clients, not {clients}")
    wanted = f"{clients}|{seed}|{today.isoformat()}|{lang}"
    ws = Workspace.at(home, lang=lang)
    if home.exists() and any(home.iterdir()):
        if not is_demo(home):
            raise refuse(
                lang, f"{home} 里已有别的文件；请换一个文件夹（--dir）", f"{home} already holds other files; choose another folder (--dir)"
            )
        if _made_as(ws) == wanted:
            return ws, _told(ws, clients, seed, today, made=False)
        ws.close()
        for name in ("coach.db", "coach.db-wal", "coach.db-shm"):
            (home / name).unlink(missing_ok=True)
        shutil.rmtree(home / "ledger", ignore_errors=True)
        ws = Workspace.at(home, lang=lang)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / MARK).write_text(wanted + "\n", encoding="utf-8")  # first of all: what is cut off here is made anew next time
    files = write_files(generate(clients=clients, seed=seed, today=today, lang=lang), home / "ledger")
    bring_in(ws, ImportJob(files, strict=True), today, progress)
    with session(ws.engine) as s:
        s.merge(Meta(key=DEMO, value=wanted))
    return ws, _told(ws, clients, seed, today, made=True)


def _made_as(ws: Workspace) -> str | None:
    with session(ws.engine, write=False) as s:
        kept = s.get(Meta, DEMO)
        return kept.value if kept else None


def _told(ws: Workspace, clients: int, seed: int, today: date, *, made: bool) -> Demo:
    return Demo(ws.home, clients, seed, today, tuple(number for number, _, _ in managers(ws)), made)
