"""The rows under the headers as columns of strings, and the raw cells of every field, map and all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from coach.store.importing.files import Row, Source
from coach.store.importing.headers import Layout
from coach.store.importing.mapping import Mapping, template_names

Progress = Callable[[int, int | None], None]
"""Called with the rows done and, once known, how many there are."""

EVERY = 2_000
_BATCH = 10_000


@dataclass
class Body:
    """``cells`` has the columns ``c0``, ``c1`` … and ``row``, the row's number in the file; ``broken`` are rows to reject as they stand."""

    cells: pl.DataFrame
    broken: list[Row] = field(default_factory=list)

    @property
    def height(self) -> int:
        return self.cells.height + len(self.broken)


def read_body(source: Source, layout: Layout, progress: Progress) -> Body:
    """All rows below the headers; blank ones are passed over, short ones are filled up with empty cells."""
    width = len(layout.headers)
    names = [f"c{i}" for i in range(width)]
    schema = dict.fromkeys(names, pl.String) | {"row": pl.Int64}
    parts = [pl.DataFrame(schema=schema)]
    batch: list[list[object]] = []
    broken: list[Row] = []

    def close_batch() -> None:
        if batch:
            columns = zip(schema.items(), zip(*batch, strict=True), strict=True)
            parts.append(pl.DataFrame([pl.Series(name, values, dtype=dtype) for (name, dtype), values in columns]))
            batch.clear()

    done = 0
    for number, cells, fault in source.rows(layout.delimiter):
        if number <= layout.row or not any(map(str.strip, cells)):
            continue
        done += 1
        if done % EVERY == 0:
            progress(done, None)
        reason = fault or ("r_too_many" if any(map(str.strip, cells[width:])) else None)
        if reason is not None:
            broken.append((number, cells, reason))
            continue
        batch.append([*cells[:width], *[""] * (width - len(cells)), number])
        if len(batch) == _BATCH:
            close_batch()
    close_batch()
    progress(done, done)
    return Body(pl.concat(parts, rechunk=True), broken)


def raw_fields(body: Body, layout: Layout, mapping: Mapping) -> dict[str, pl.Series]:
    """Field → its cells as strings, translated where a map says so; only the fields that the file or the map gives."""
    out: dict[str, pl.Series] = {}
    for column in layout.kind.columns:
        name = column.field
        words = mapping.values.get(name, {})
        if name in layout.columns:
            cells = _translated(body.cells[f"c{layout.columns[name]}"], words)
        elif name in layout.several:
            cells = _joined(body, layout, mapping.columns[name], layout.several[name], words)
        elif name in mapping.templates:
            cells = _translated(_filled(body, layout, mapping.templates[name]), words)
        elif name in mapping.constants:
            cells = pl.Series(name, [""], dtype=pl.String).new_from_index(0, body.cells.height)
        else:
            continue
        if name in mapping.constants:
            cells = cells.set(cells.str.strip_chars() == "", mapping.constants[name])
        out[name] = cells
    return out


def _translated(cells: pl.Series, words: dict[str, str], prefix: str = "") -> pl.Series:
    if not words:
        return cells
    table = {value: words[key] for value in cells.unique().to_list() if (key := f"{prefix}{value.strip().casefold()}") in words}
    return cells.replace(table) if table else cells


def _joined(body: Body, layout: Layout, headers: tuple[str, ...], places: tuple[int, ...], words: dict[str, str]) -> pl.Series:
    parts = []
    for header, place in zip(headers, places, strict=True):
        cells = _translated(body.cells[f"c{place}"], words, f"{header.strip().casefold()}=")
        parts.append(cells.set(cells.str.strip_chars() == "", None).alias(f"p{place}"))
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=";", ignore_nulls=True)).to_series().fill_null("")


def _filled(body: Body, layout: Layout, template: str) -> pl.Series:
    """``{row}`` counts the rows under the headers from 1, blank ones not among them, so that the same file makes the same numbers."""
    names = [n for n in template_names(template) if n != "row"]
    columns = [body.cells[f"c{layout.foreign[n]}"].str.strip_chars().to_list() for n in names]
    places = _places(body)
    if not names:
        return pl.Series("made", [template.format(row=n) for n in places], dtype=pl.String)
    rows = zip(places, *columns, strict=True)
    return pl.Series("made", [template.format_map(dict(zip(names, row[1:], strict=True), row=row[0])) for row in rows], dtype=pl.String)


def _places(body: Body) -> list[int]:
    if not body.broken:
        return list(range(1, body.cells.height + 1))
    broken = sorted(number for number, _, _ in body.broken)
    places, before = [], 0
    for at, number in enumerate(body.cells["row"].to_list(), start=1):
        while before < len(broken) and broken[before] < number:
            before += 1
        places.append(at + before)
    return places
