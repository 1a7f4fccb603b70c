"""Scenario files of the program and of the branch: which there are, what is wrong with them, and the bench they are played on."""

from __future__ import annotations

import difflib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from coach.domain.words import pick
from coach.paths import KNOWLEDGE
from coach.practice.bench import Bench
from coach.practice.kit import KitError, kit
from coach.practice.likeness import Likeness
from coach.practice.reading import Problem, examine
from coach.practice.scenario import Scenario
from coach.services.errors import refuse
from coach.services.workspace import Workspace
from coach.store.db import private_folder

OURS = KNOWLEDGE / "scenarios"
"""The scenarios that come with the program."""
LARGEST = 1_000_000
"""Bytes of a scenario file; a larger one is none."""


def own_folder(ws: Workspace) -> Path:
    """Where a branch keeps scenarios of its own. It need not be there."""
    return ws.home / "scenarios"


def scenarios(ws: Workspace) -> list[Scenario]:
    """Every scenario that can be played, the easy ones first. A branch's own wins over the program's of the same id.

    Files with a mistake are left out; :func:`check` tells of them.
    """
    found: dict[str, Scenario] = {}
    for path in _files(ws):
        scenario, problems = _examined(ws, path)
        if scenario is not None and not problems:
            found[scenario.id] = scenario
    return sorted(found.values(), key=lambda s: (s.difficulty, s.id))


def scenario(ws: Workspace, scenario_id: str) -> Scenario:
    """One scenario. Raises :class:`~coach.services.errors.Refused` with its mistake, or with the nearest id that there is."""
    known = {s.id: s for s in scenarios(ws)}
    if scenario_id in known:
        return known[scenario_id]
    for path in _files(ws):
        if path.stem == scenario_id and (problems := _examined(ws, path)[1]):
            raise _broken(ws, problems)
    near = difflib.get_close_matches(scenario_id, known, 3, cutoff=0.4)
    ids = ", ".join(near or sorted(known)) or "—"
    raise refuse(
        ws.lang, f"没有场景 {scenario_id!r}；" + (f"是不是 {ids}？" if near else f"现有：{ids}"),
        f"there is no scenario {scenario_id!r}; " + (f"did you mean {ids}?" if near else f"there are: {ids}"),
    )  # fmt: skip


def named(ws: Workspace, text: str) -> Scenario:
    """A scenario by its id, or by its file where the text is a path to one."""
    path = Path(text)
    if path.suffix != ".toml" and path.name == text:
        return scenario(ws, text)
    found, problems = _examined(ws, path)
    if found is None or problems:
        raise _broken(ws, problems)
    return found


def _broken(ws: Workspace, problems: list[Problem]) -> Exception:
    first, more = problems[0].told(ws.lang), len(problems) - 1
    also = pick(ws.lang, f"（还有 {more} 处，用 coach practice check 查看）", f" (and {more} more: coach practice check)") if more else ""
    return refuse(ws.lang, first + also, first + also)


def check(ws: Workspace, path: Path | None = None) -> list[Problem]:
    """Every mistake of all scenario files and of what they share; of one file, or of one folder's, where ``path`` is given."""
    if path is not None and not path.is_dir():
        return _examined(ws, path)[1]
    files = list(_files(ws)) if path is None else sorted(path.glob("*.toml"))
    found = _shared(ws) if path is None else []
    by_id: dict[tuple[Path, str], list[Path]] = defaultdict(list)
    for file in files:
        read, problems = _examined(ws, file)
        found += problems
        if read is not None:
            by_id[file.parent, read.id].append(file)
    for (_, name), same in by_id.items():
        for file in same[1:]:
            found.append(Problem(file, _line_of_id(file), f"id {name!r} 已在 {same[0].name} 里用过；换一个", _taken(name, same[0])))
    return found


def _taken(name: str, other: Path) -> str:
    return f"the id {name!r} stands in {other.name} already; choose another"


def _line_of_id(path: Path) -> int | None:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.split("=")[0].strip() == "id"), None)


def _shared(ws: Workspace) -> list[Problem]:
    """What is wrong with the common practice files and with the branch's folder itself."""
    own, found = own_folder(ws), []
    if own.exists() and not own.is_dir():
        found.append(Problem(own, None, "应为文件夹，却是文件；请改名", "must be a folder and is a file; rename it"))
    try:
        kit()
    except KitError as error:
        found.append(Problem(KNOWLEDGE / "practice.toml", None, f"读不了：{error}", f"cannot be read: {error}"))
    return found


_FIRST: list[Bench] = []
"""The bench made first in this process: the others take over what it has learnt from the common words."""


def bench(ws: Workspace, today: date) -> Bench:
    """What playing and scoring need for a workspace and a day. Raises :class:`~coach.services.errors.Refused`.

    Always with the built-in encoder: nothing that a trainee says leaves the process for it.
    """
    made = ws.kept.get(key := ("practice", "bench", today))
    if made is None:
        if not _FIRST:
            from coach.playbook.dense import BuiltIn, Cache

            encoder = BuiltIn()
            private_folder(ws.home)
            try:
                like = Likeness(encoder.encode, Cache(ws.home / "practice.npz", None, encoder))
                _FIRST.append(Bench(kit(), like, ws.rules, ws.policy, ws.playbook, today))
            except KitError as error:
                told = f"练习用的公共文件读不了：{error}；请重装 Coach", f"practice cannot start: {error}; reinstall Coach"
                raise refuse(ws.lang, *told) from None
        made = ws.kept[key] = replace(_FIRST[0], rules=ws.rules, policy=ws.policy, playbook=ws.playbook, today=today)
    return made


# --- files ----------------------------------------------------------------------------------------------------------


def _files(ws: Workspace) -> Iterator[Path]:
    """The program's files, then the branch's own."""
    for folder in (OURS, own_folder(ws)):
        if folder.is_dir():
            yield from sorted(folder.glob("*.toml"))


def _examined(ws: Workspace, path: Path) -> tuple[Scenario | None, list[Problem]]:
    """A file read and checked; once, until the file or what it may cite changes."""
    try:
        about = path.stat()
    except OSError:
        return examine(path)
    if path.is_dir() or about.st_size > LARGEST:
        told = ("这不是场景文件：太大或是文件夹", "this is no scenario file: too large, or a folder")
        return None, [Problem(path, None, *told)]
    passages, documents = _passages(ws)
    now = (about.st_mtime_ns, about.st_size, documents)
    kept = ws.kept.get(key := ("practice", "file", str(path)))
    if kept is None or kept[0] != now:
        kept = ws.kept[key] = (now, examine(path, passages))
    return kept[1]  # type: ignore[no-any-return]


def _passages(ws: Workspace) -> tuple[frozenset[str], Any]:
    """The ids that may be cited: the playbook's and those of the branch's own documents; and what they depend on."""
    documents = sorted((ws.home / "documents").glob("*.json"))
    stamp = tuple((path.name, path.stat().st_mtime_ns) for path in documents)
    kept = ws.kept.get(key := ("practice", "passages", ""))
    if kept is None or kept[1] != stamp:
        ids = {passage for passage, _ in ws.playbook.passages}
        for path in documents:
            try:
                ids |= {str(passage["id"]) for passage in json.loads(path.read_text(encoding="utf-8"))["passages"]}
            except (ValueError, KeyError, TypeError):
                continue  # told by coach doctor and by the index
        kept = ws.kept[key] = (frozenset(ids), stamp)
    return kept  # type: ignore[no-any-return]
