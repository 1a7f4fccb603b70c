"""Finding the header row, what each column is, and which kind of file it all makes.

Headers are compared without capitals, spaces, width, ``_``/``-``, a required-mark ``*`` and a unit or a
hint in brackets at the end; a unit there (``资产（万元）``) is the unit of its amounts. Any other
bracket (``资产（美元）``) is part of the name, so such a column stays unmatched and is reported.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, field

from coach.domain.words import Lang
from coach.store.importing.files import Row, Source
from coach.store.importing.kinds import KINDS, Kind, find_kind
from coach.store.importing.mapping import UNITS, Mapping
from coach.store.importing.messages import REJECTED_HEADERS, ImportFailed, rejected_headers, say

LOOK = 20
"""The headers stand among the first so many rows; above them may be a title."""
MAX_COLUMNS = 256

_BRACKET = re.compile(r"[(\[【〔<]([^()\[\]【】〔〕<>]*)[)\]】〕>]$")
_HINTS = re.compile(
    r"rmb|cny|人民币|人民币元|必填|选填|可选|必选|required|optional|是/否|y/n|0/1|[cr]1[-–~至到][cr]?5|0[-–~至到]5|"
    r"yyyy[-/.年]?mm[-/.月]?dd日?|solar/lunar|公历/农历|男/女"
)
_OWN = {h for lang in ("zh", "en") for h in rejected_headers(lang)} | set(REJECTED_HEADERS)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Layout:
    """What a file's columns are. ``columns``: field → position; ``units``: field → power of ten named by its header."""

    kind: Kind
    row: int
    headers: tuple[str, ...]
    columns: dict[str, int]
    units: dict[str, int]
    several: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Fields that a map joins from several columns."""
    foreign: dict[str, int] = field(default_factory=dict)
    """Header → position, for the templates of a map."""
    unmatched: tuple[str, ...] = ()
    delimiter: str = ""

    def header_of(self, name: str) -> str:
        """The file's own header for a field, the field's name where a map made it."""
        at = self.columns.get(name, (self.several.get(name) or (-1,))[0])
        return self.headers[at].strip() if at >= 0 else name


def plain(header: str) -> tuple[str, int | None]:
    """A header as it is compared, and the power of ten of the unit that it names."""
    text = unicodedata.normalize("NFKC", header).replace("﻿", "").strip().lower()
    unit = None
    while found := _BRACKET.search(text):
        inside = re.sub(r"\s|单位[::]?", "", found.group(1))
        if inside in UNITS and inside:
            unit = UNITS[inside]
        elif not _HINTS.fullmatch(inside):
            break
        text = text[: found.start()].rstrip()
    return re.sub(r"[\s_\-*·]", "", text), unit


def _names(kind: Kind) -> dict[str, tuple[str, int]]:
    """Plain header → (field, rank): the contract's own names before the synonyms."""
    out: dict[str, tuple[str, int]] = {}
    for column in kind.columns:
        for rank, names in enumerate(((column.field, column.zh), column.also)):
            for name in names:
                out.setdefault(plain(name)[0], (column.field, rank))
    return out


_KNOWN = {kind.id: _names(kind) for kind in KINDS.values()}


def find_layout(source: Source, mapping: Mapping, kind: str | None, lang: Lang) -> Layout:
    """The header row and the kind. Raises :class:`ImportFailed` naming what is missing, doubled or unclear."""
    kinds = _candidates(kind or mapping.kind, lang)
    best: tuple[int, int, str, Row] | None = None
    for delimiter in source.delimiters or [""]:
        for at, row in enumerate(source.head(mapping.header_row or LOOK, delimiter)):
            if mapping.header_row is not None and row[0] != mapping.header_row:
                continue
            score = max(_score(row[1], k, mapping) for k in kinds)
            if score and (best is None or score > best[0]):
                best = (score, -at, delimiter, row)
    if best is None:
        raise _nothing_known(source, kinds, lang)
    _, _, delimiter, (number, cells, _fault) = best
    if len(cells) > MAX_COLUMNS:
        raise ImportFailed(say(lang, "too_many_columns", found=len(cells), limit=MAX_COLUMNS, file=source.file))
    chosen = kinds[0] if len(kinds) == 1 else _choose(cells, kinds, mapping, lang)
    return _lay_out(chosen, number, cells, mapping, delimiter, lang)


def _nothing_known(source: Source, kinds: list[Kind], lang: Lang) -> ImportFailed:
    """No header is known: say what is missing for the kind given, or for the one whose headers look most alike."""
    rows = [row[1] for delimiter in source.delimiters or [""] for row in source.head(LOOK, delimiter)]
    words = {plain(cell)[0] for row in rows for cell in row if any(map(str.isalnum, cell))}
    if not words:
        return ImportFailed(say(lang, "empty", file=source.file))
    if len(kinds) == 1:
        return ImportFailed(say(lang, "missing", kind=kinds[0].id, missing=_named(_missing(set(), kinds[0]), kinds[0], lang)))
    likes = {k.id: {_KNOWN[k.id][n][0] for w in words for n in difflib.get_close_matches(w, _KNOWN[k.id], cutoff=0.7)} for k in kinds}
    near = max(kinds, key=lambda k: len(likes[k.id]))
    if not likes[near.id]:
        return ImportFailed(say(lang, "no_header", rows=LOOK, file=source.file))
    return ImportFailed(say(lang, "nearest", kind=near.id, missing=_named(_missing(set(), near), near, lang)))


def _candidates(kind: str | None, lang: Lang) -> list[Kind]:
    if kind is None:
        return list(KINDS.values())
    found = find_kind(kind)
    if found is None:
        raise ImportFailed(say(lang, "unknown_kind", kind=kind, kinds=", ".join(KINDS)))
    return [found]


def _matches(cells: list[str], kind: Kind, mapping: Mapping) -> tuple[set[str], int]:
    """Fields found under a header row, and how many of its columns they and the map take."""
    foreign = {plain(h)[0] for h in mapping.headers()}
    fields, used = set(mapping.given()), 0
    for cell in cells:
        name = plain(cell)[0]
        if name and name in foreign:
            used += 1
        elif name in _KNOWN[kind.id] and _KNOWN[kind.id][name][0] not in mapping.left_out:
            fields.add(_KNOWN[kind.id][name][0])
            used += 1
    return fields, used


def _missing(fields: set[str], kind: Kind) -> list[str]:
    return [c.field for c in kind.columns if c.required and c.field not in fields]


def _score(cells: list[str], kind: Kind, mapping: Mapping) -> int:
    fields, used = _matches(cells, kind, mapping)
    return used * 2 + (not _missing(fields, kind)) if used else 0


def _choose(cells: list[str], kinds: list[Kind], mapping: Mapping, lang: Lang) -> Kind:
    found = {k.id: _matches(cells, k, mapping) for k in kinds}
    whole = [k for k in kinds if not _missing(found[k.id][0], k)]
    if not whole:
        near = max(kinds, key=lambda k: (found[k.id][1] - len(_missing(found[k.id][0], k)), found[k.id][1]))
        raise ImportFailed(say(lang, "nearest", kind=near.id, missing=_named(_missing(found[near.id][0], near), near, lang)))
    most = max(found[k.id][1] for k in whole)
    best = [k.id for k in whole if found[k.id][1] == most]
    if len(best) > 1:
        raise ImportFailed(say(lang, "ambiguous", kinds="、".join(best) if lang == "zh" else " and ".join(best)))
    return KINDS[best[0]]


def _named(fields: list[str], kind: Kind, lang: Lang) -> str:
    columns = [c for c in kind.columns if c.field in fields]
    return "、".join(f"{c.zh}（{c.field}）" for c in columns) if lang == "zh" else ", ".join(f"{c.field} ({c.zh})" for c in columns)


def _lay_out(kind: Kind, number: int, cells: list[str], mapping: Mapping, delimiter: str, lang: Lang) -> Layout:
    names = [plain(cell) for cell in cells]
    at: dict[str, list[int]] = {}
    for position, (name, _) in enumerate(names):
        if name:
            at.setdefault(name, []).append(position)
    taken: dict[str, int] = {}
    several: dict[str, tuple[int, ...]] = {}
    foreign: dict[str, int] = {}

    def position_of(header: str, wanted: str) -> int:
        places = at.get(plain(header)[0], [])
        if len(places) > 1:
            exact = [p for p in places if cells[p].strip() == header.strip()]
            places = exact if len(exact) == 1 else places
        if not places:
            near = difflib.get_close_matches(header, [c.strip() for c in cells], n=1, cutoff=0.5)
            hint = say(lang, "hint", near=near[0]) if near else ""
            raise ImportFailed(say(lang, "map_header", file=mapping.file, field=wanted, header=header, hint=hint))
        if len(places) > 1:
            raise _twice(cells, places[0], places[1], lang)
        return places[0]

    for name, headers in mapping.columns.items():
        if len(headers) == 1:
            taken[name] = position_of(headers[0], name)
        else:
            several[name] = tuple(position_of(h, name) for h in headers)
    for header in mapping.headers():
        foreign[header] = position_of(header, header)
    claimed = set(taken.values()) | {p for places in several.values() for p in places}
    _match_own(kind, names, cells, mapping, taken, set(several), claimed, lang)
    missing = _missing(set(taken) | set(several) | mapping.given(), kind)
    if missing:
        raise ImportFailed(say(lang, "missing", kind=kind.id, missing=_named(missing, kind, lang)))
    used = set(taken.values()) | set(foreign.values())
    units = {name: unit for name, position in taken.items() if (unit := names[position][1]) is not None}
    unmatched = tuple(
        cells[i].strip() or (f"第 {i + 1} 列（无标题）" if lang == "zh" else f"column {i + 1} (no header)")
        for i in range(len(cells)) if i not in used and cells[i].strip() not in _OWN
    )
    return Layout(kind, number, tuple(cells), taken, units, several, foreign, unmatched, delimiter)


def _match_own(kind: Kind, names: list[tuple[str, int | None]], cells: list[str], mapping: Mapping, taken: dict[str, int],
               joined: set[str], used: set[int], lang: Lang) -> None:
    """Columns that no map claims, by our own names: the contract's name wins over a synonym, two synonyms are an error."""
    claims: dict[str, list[tuple[int, int]]] = {}
    for position, (name, _) in enumerate(names):
        field_rank = _KNOWN[kind.id].get(name)
        if field_rank is None or position in used:
            continue
        wanted, rank = field_rank
        if wanted in taken or wanted in joined or wanted in mapping.templates or wanted in mapping.left_out:
            continue
        claims.setdefault(wanted, []).append((rank, position))
    for wanted, places in claims.items():
        places.sort()
        if len(places) > 1 and places[0][0] == places[1][0]:
            first, second = places[0][1], places[1][1]
            if names[first][0] == names[second][0]:
                raise _twice(cells, first, second, lang)
            raise ImportFailed(say(lang, "same_field", first=first + 1, second=second + 1, a=cells[first].strip(), b=cells[second].strip(),
                                   field=wanted))
        taken[wanted] = places[0][1]


def _twice(cells: list[str], first: int, second: int, lang: Lang) -> ImportFailed:
    return ImportFailed(say(lang, "twice", first=first + 1, second=second + 1, header=cells[second].strip()))


