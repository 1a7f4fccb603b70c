"""The cases of ``coach eval``: one client as a branch's own records would hold it, or one question, with what is right.

``cases.<lang>.jsonl`` holds both, a JSON value a line (format: ``tests/eval/README.md``). A case is held
against the contract and the method, never against what an engine happens to say.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, cast

from coach.domain.plays import Play
from coach.domain.words import Channel, Lang
from coach.services.errors import refuse
from coach.store.importing.kinds import KINDS

Records = Mapping[str, Sequence[Mapping[str, Any]]]
_CLIENT = {"id", "lang", "date", "note", "records", "client_no", "play", "channel", "points", "forbidden", "caution"}
_QUESTION = {"id", "lang", "date", "note", "records", "question", "client_no", "answered", "passages", "forbidden"}
_SHARED = {"staff": "staff_no", "events": "event_no"}
"""Kinds of which several cases may bring the same row."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One required point; met where any of what it lists is there."""

    kind: str
    """``any`` words in a shown text · ``fact`` a figure, date or name of the records in a shown text · ``passage`` among the citations."""
    of: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {' | '.join(self.of)}"


@dataclass(frozen=True, slots=True)
class ClientCase:
    """What a good suggestion for this client must be. ``play`` ``None``: no contact is allowed at all."""

    id: str
    lang: Lang
    on: date
    note: str
    records: Records
    client_no: str
    play: str | None
    channel: str | None = None
    points: tuple[Wanted, ...] = ()
    forbidden: tuple[re.Pattern[str], ...] = ()
    caution: str | None = None


@dataclass(frozen=True, slots=True)
class QuestionCase:
    """What a good answer must be. ``passages``: one of them must be cited; a topic or ``record:holding`` stands for all under it."""

    id: str
    lang: Lang
    on: date
    question: str
    answered: bool
    records: Records = field(default_factory=dict)
    client_no: str | None = None
    passages: tuple[str, ...] = ()
    forbidden: tuple[re.Pattern[str], ...] = ()


def read_cases(folder: Path, lang: Lang, plays: Mapping[str, Play], *, say: Lang) -> tuple[list[ClientCase], list[QuestionCase]]:
    """The cases and questions of a language, in the file's order; empty where there is no file.

    Raises :class:`~coach.services.errors.Refused` with file, line and fault (in the language ``say``).
    """
    path = folder / f"cases.{lang}.jsonl"
    clients: list[ClientCase] = []
    questions: list[QuestionCase] = []
    seen: set[str] = set()
    if not path.is_file():
        return clients, questions
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(say, f"{path}：读不了（{error}）", f"{path}: cannot be read ({error})") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            made = _case(json.loads(line), lang, plays)
            if made.id in seen:
                raise ValueError(f"the id {made.id!r} stands twice")
        except (ValueError, TypeError, KeyError) as error:
            what = f"misses {error}" if isinstance(error, KeyError) else str(error)
            raise refuse(say, f"{path} 第 {number} 行：{what}；格式见 tests/eval/README.md",
                         f"{path} line {number}: {what}; the format stands in tests/eval/README.md") from None  # fmt: skip
        seen.add(made.id)
        (clients if isinstance(made, ClientCase) else questions).append(made)  # type: ignore[arg-type]
    return clients, questions


def _case(value: Any, lang: Lang, plays: Mapping[str, Play]) -> ClientCase | QuestionCase:
    if not isinstance(value, dict):
        raise ValueError("no JSON object")
    question = "question" in value
    if unknown := sorted(set(value) - (_QUESTION if question else _CLIENT)):
        raise ValueError(f"unknown key {unknown[0]!r}")
    if value["lang"] != lang:
        raise ValueError(f"lang is {value['lang']!r} in the file of {lang!r}")
    records, on = _records(value.get("records", {})), date.fromisoformat(value["date"])
    forbidden = tuple(_pattern(p) for p in value.get("forbidden", ()))
    if question:
        return QuestionCase(
            value["id"], lang, on, value["question"], bool(value["answered"]), records, value.get("client_no"),
            tuple(value.get("passages", ())), forbidden,
        )  # fmt: skip
    if value["play"] is not None and value["play"] not in plays:
        raise ValueError(f"no play {value['play']!r}")
    if value.get("channel") not in (None, *Channel):
        raise ValueError(f"no channel {value['channel']!r}")
    return ClientCase(
        value["id"], lang, on, value["note"], records, value["client_no"], value["play"], value.get("channel"),
        tuple(_wanted(p) for p in value["points"]), forbidden, value.get("caution"),
    )  # fmt: skip


def _records(value: Any) -> Records:
    for kind, rows in value.items():
        if kind not in KINDS:
            raise ValueError(f"no kind of record {kind!r}; known: {', '.join(KINDS)}")
        known = {c.field for c in KINDS[kind].columns}
        for row in rows:
            if odd := sorted(set(row) - known):
                raise ValueError(f"{kind} has no column {odd[0]!r}")
    return cast(Records, value)


def _wanted(value: Mapping[str, Any]) -> Wanted:
    if len(value) != 1 or (kind := next(iter(value))) not in ("any", "fact", "passage"):
        raise ValueError(f"a point is {{any}}, {{fact}} or {{passage}}, not {dict(value)!r}")
    of = value[kind]
    listed = (of,) if isinstance(of, str) else tuple(of)
    if not listed or not all(isinstance(word, str) and word for word in listed):
        raise ValueError(f"the point {dict(value)!r} lists nothing")
    return Wanted(kind, listed)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None


def write_records(cases: Iterable[ClientCase | QuestionCase], folder: Path, *, say: Lang) -> list[Path]:
    """The records of all cases as the branch's own files, one CSV a kind, in the order in which they refer to each other.

    Raises :class:`~coach.services.errors.Refused` where two cases bring the same client, or staff or event rows that differ.
    """
    rows: dict[str, list[Mapping[str, Any]]] = {kind: [] for kind in KINDS}
    shared: dict[tuple[str, str], Mapping[str, Any]] = {}
    owner: dict[str, str] = {}
    for case in cases:
        for kind, own in case.records.items():
            for row in own:
                if kind in _SHARED:
                    key = kind, str(row[_SHARED[kind]])
                    if shared.setdefault(key, row) != row:
                        zh, en = f"{kind} {key[1]} 与前面案例里的不一样", f"{kind} {key[1]} differs from an earlier case's"
                        raise refuse(say, f"{case.id}：{zh}", f"{case.id}: {en}")
                    continue
                if kind == "clients" and owner.setdefault(row["client_no"], case.id) != case.id:
                    no, first = row["client_no"], owner[row["client_no"]]
                    raise refuse(say, f"{case.id}：客户 {no} 已在 {first} 里", f"{case.id}: client {no} stands in {first} too")
                rows[kind].append(row)
    for (kind, _), row in shared.items():
        rows[kind].append(row)
    written: list[Path] = []
    for kind, found in rows.items():
        if found:
            path = folder / f"{kind}.csv"
            with path.open("w", encoding="utf-8", newline="") as stream:
                out = csv.DictWriter(stream, [c.field for c in KINDS[kind].columns], restval="")
                out.writeheader()
                out.writerows({k: _cell(v) for k, v in row.items()} for row in found)
            written.append(path)
    return written


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)
