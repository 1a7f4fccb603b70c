"""Bringing a file in: read, understand, check, compare, write; one transaction a file.

Rows = added + changed + unchanged + rejected, always. Nothing is written where the file as a whole cannot
be understood (:class:`ImportFailed`), in a dry run, or with ``strict`` where a row is bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from coach.domain.words import Lang
from coach.store.assets import refresh_assets_from_balances, refresh_assets_from_holdings
from coach.store.bulk import IMPORT, one_at_a_time
from coach.store.db import session
from coach.store.importing import clients, write
from coach.store.importing.body import Body, Progress, raw_fields, read_body
from coach.store.importing.files import MAX_CELL, Source, open_source
from coach.store.importing.headers import Layout, find_layout
from coach.store.importing.kinds import ORDER, Column
from coach.store.importing.mapping import Mapping, load_mapping
from coach.store.importing.messages import ImportFailed, say
from coach.store.importing.rejected import write_rejected
from coach.store.importing.values import Settings, dtype_of, parse
from coach.store.tables import Event, ImportRun

Known = dict[str, set[str]]
"""Keys by kind that a dry run of an earlier file would have brought in."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file. The first seven are the contract's JSON; ``unmatched_columns`` are headers that no field matches."""

    file: str
    kind: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    rejected_file: str | None
    unmatched_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Job:
    source: Source
    layout: Layout
    mapping: Mapping
    body: Body
    today: date
    lang: Lang
    strict: bool
    dry_run: bool
    progress: Progress
    known: Known = field(default_factory=dict)
    faults: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    """Position in the body → (column, reason)."""
    notes: list[str] = field(default_factory=list)
    rejected_file: str | None = None

    def fault(self, positions: Sequence[int], column: str, reason: str) -> None:
        for at in positions:
            self.faults.setdefault(at, []).append((column, reason))

    @property
    def rejected(self) -> int:
        return len(self.faults) + len(self.body.broken)


def import_file(
    engine: Engine, path: str, *, kind: str | None = None, mapping: str | None = None, strict: bool = False, dry_run: bool = False,
    today: date, progress: Progress | None = None, lang: Lang = "zh", known: Known | None = None,
) -> ImportResult:
    """Bring one file in. ``path`` may be ``file.xlsx#sheet``; ``mapping`` is a map file (:mod:`.mapping`).

    ``progress`` is called with the rows done and how many there are (``None`` while that is not known), at
    least every 5,000 rows. Raises :class:`ImportFailed` (one line in ``lang``) or ``StoreError``.
    """
    report = progress or (lambda _done, _total: None)
    own = load_mapping(mapping, lang) if mapping else Mapping()
    source = open_source(path, lang, encoding=own.encoding, delimiter=own.delimiter, sheet=own.sheet)
    layout = find_layout(source, own, kind, lang)
    body = read_body(source, layout, report)
    if body.height == 0:
        raise ImportFailed(say(lang, "no_rows", file=path))
    job = _Job(source, layout, own, body, today, lang, strict, dry_run, report, {} if known is None else known, notes=list(source.notes))
    data = _values(job)
    with session(engine, write=not dry_run, lang=lang) as s:
        if not dry_run:
            one_at_a_time(s.connection(), IMPORT)
        counts = _bring_in(s.connection(), job, data)
    return ImportResult(path, layout.kind.id, *counts, job.rejected, job.rejected_file, layout.unmatched, tuple(job.notes))


def import_files(
    engine: Engine, paths: Sequence[str], *, kind: str | None = None, mapping: str | None = None, strict: bool = False,
    dry_run: bool = False, today: date, progress: Progress | None = None, lang: Lang = "zh",
) -> list[ImportResult]:
    """Several files, in the order in which their kinds refer to each other; the results in the order given.

    Stops at the first file that cannot be understood; those before it are in.
    """
    own = load_mapping(mapping, lang) if mapping else Mapping()

    def place(path: str) -> int:
        source = open_source(path, lang, encoding=own.encoding, delimiter=own.delimiter, sheet=own.sheet)
        return ORDER.index(find_layout(source, own, kind, lang).kind.id)

    known: Known = {}
    results: dict[int, ImportResult] = {}
    for at in sorted(range(len(paths)), key=lambda i: place(paths[i])) if len(paths) > 1 else range(len(paths)):
        results[at] = import_file(engine, paths[at], kind=kind, mapping=mapping, strict=strict, dry_run=dry_run, today=today,
                                  progress=progress, lang=lang, known=known)
    return [results[at] for at in range(len(paths))]


def _values(job: _Job) -> pl.DataFrame:
    """The typed columns of the body, ``_at`` beside them; rows with a fault are left out and noted."""
    columns = {write.AT: pl.Series(write.AT, range(job.body.cells.height), dtype=pl.Int64)}
    for name, cells in raw_fields(job.body, job.layout, job.mapping).items():
        column = job.layout.kind.column(name)
        assert column is not None
        header = job.layout.header_of(name)
        values, faults = parse(column, cells, _settings(job, column))
        spoiled = pl.Series(header, [False]).new_from_index(0, len(values))
        for mask, key, named in faults:
            spoiled = spoiled | mask
            job.fault(mask.arg_true().to_list(), header, say(job.lang, key, **named))
        if column.required:
            job.fault((values.is_null() & ~spoiled).arg_true().to_list(), header, say(job.lang, "r_required"))
        columns[column.target] = values
    return pl.DataFrame(list(columns.values())).filter(~pl.col(write.AT).is_in(list(job.faults)))


def _settings(job: _Job, column: Column) -> Settings:
    own = job.mapping
    unit = own.units.get(column.field, job.layout.units.get(column.field, own.units.get("", 0)))
    return Settings(unit, own.date_formats.get(column.field, own.date_formats.get("")), job.today)


def _bring_in(connection: Connection, job: _Job, data: pl.DataFrame) -> tuple[int, int, int]:
    """(added, changed, unchanged). Everything that can be refused is known before the first row is written."""
    kind = job.layout.kind
    data = _refer(connection, job, data)
    batch = write.distinct(kind, data)
    if batch.repeated:
        job.notes.append(say(job.lang, "n_repeated", count=batch.repeated))
    for earlier, later in batch.again:
        keys = "、".join(job.layout.header_of(c.field) for c in kind.columns if c.target in kind.key)
        job.fault([earlier], keys or kind.id, say(job.lang, "r_again", row=job.body.cells["row"][later]))
    given = [c.target for c in kind.columns if c.target in batch.data.columns and c.target not in kind.key]
    schema: dict[str, Any] = {c.target: dtype_of(c) for c in kind.columns if c.target in given}
    is_clients = kind.id == "clients"
    frame = write.stored_beside(connection, batch, schema | (clients.NEEDED if is_clients else {}), lock=is_clients and not job.dry_run)
    if is_clients:
        derived = clients.derive(connection, frame, job.today, job.lang)
        frame, given = derived.frame, list(dict.fromkeys([*given, *clients.COMPARED]))
        job.notes.extend(derived.notes)
    added = frame.filter(~pl.col("_there"))
    changed = frame.filter(write.changed_columns(frame, given))
    unchanged = frame.height - added.height - changed.height + batch.repeated
    _reject(job)
    if not job.dry_run:
        _write(connection, job, added, changed, given)
        _record(connection, job, (added.height, changed.height, unchanged))
    elif kind.id in ("staff", "clients", "events"):
        job.known.setdefault(kind.id, set()).update(frame[kind.key[0]].to_list())
    return added.height, changed.height, unchanged


def _refer(connection: Connection, job: _Job, data: pl.DataFrame) -> pl.DataFrame:
    """Rows whose client, manager or event is not there are rejected; a contact's staff number is only noted."""
    kind = job.layout.kind.id
    checks = []
    if kind == "clients" and "manager" in data.columns:
        checks.append(("manager", "staff", clients.STAFF_NO, "r_no_manager"))
    if kind == "invitations":
        checks.append(("event_no", "events", Event.__table__.c.event_no, "r_no_event"))  # type: ignore[attr-defined]
    if kind not in ("staff", "clients", "events"):
        checks.append(("client_no", "clients", clients.CLIENT_NO, "r_no_client"))
    gone: set[int] = set()
    for name, of, column, key in checks:
        there = pl.concat([write.known(connection, column), pl.Series("known", sorted(job.known.get(of, ())), dtype=pl.String)])
        lost = data.filter(pl.col(name).is_not_null() & ~pl.col(name).is_in(there.to_list()))[write.AT].to_list()
        job.fault(lost, job.layout.header_of(name), say(job.lang, key))
        gone.update(lost)
        if lost and of == "staff" and not there.len():
            job.notes.append(say(job.lang, "n_no_staff"))
    if kind == "contacts" and "staff_no" in data.columns:
        there = write.known(connection, clients.STAFF_NO).to_list()
        if count := data.filter(pl.col("staff_no").is_not_null() & ~pl.col("staff_no").is_in(there)).height:
            job.notes.append(say(job.lang, "n_staff", count=count))
    return data.filter(~pl.col(write.AT).is_in(list(gone))) if gone else data


def _write(connection: Connection, job: _Job, added: pl.DataFrame, changed: pl.DataFrame, given: list[str]) -> None:
    kind, total = job.layout.kind, added.height + changed.height
    job.progress(0, total)
    if kind.id == "clients":
        added, changed = clients.with_search_keys(added), clients.with_search_keys(changed)
        given = list(dict.fromkeys([*given, *clients.DERIVED]))
    done = write.insert_rows(connection, kind, added, job.progress, 0, total)
    write.update_rows(connection, kind, changed, given, job.progress, done, total)
    if kind.id == "clients":
        clients.after_write(connection, pl.concat([added, changed]), job.today, _now(job), job.source.path.name)
    counts = {"holdings": refresh_assets_from_holdings, "balances": refresh_assets_from_balances}
    if total and kind.id in counts and (count := counts[kind.id](connection)):
        job.notes.append(say(job.lang, "n_assets", count=count, source=say(job.lang, kind.id)))


def _now(job: _Job) -> datetime:
    return datetime.combine(job.today, datetime.now().time().replace(microsecond=0))


def _record(connection: Connection, job: _Job, counts: tuple[int, int, int]) -> None:
    added, changed, unchanged = counts
    connection.execute(sa.insert(ImportRun.__table__).values(  # type: ignore[attr-defined]
        at=_now(job), file=job.source.path.name, sha256=job.source.sha256, kind=job.layout.kind.id, added=added, changed=changed,
        unchanged=unchanged, rejected=job.rejected,
    ))


def _reject(job: _Job) -> None:
    """The file of rejected rows, where there are any; with ``strict`` the end of the import."""
    if not job.rejected:
        return
    if not job.dry_run:
        rows = [(*_reasons(job, at), list(job.body.cells.row(at)[:-1])) for at in job.faults]
        rows += [
            (number, _widest(job, cells), say(job.lang, key, limit=MAX_CELL), [c[:200] for c in cells])
            for number, cells, key in job.body.broken if key
        ]
        try:
            job.rejected_file = str(write_rejected(job.source, job.layout.headers, sorted(rows, key=lambda r: r[0]), job.lang))
        except OSError as error:
            job.notes.append(say(job.lang, "n_rejected_unwritten", why=error.strerror))
    if job.strict:
        raise ImportFailed(say(job.lang, "strict", rejected=job.rejected, rejected_file=job.rejected_file or "--dry-run"))


def _reasons(job: _Job, at: int) -> tuple[int, str, str]:
    """Row number, columns and reasons of a rejected row."""
    pairs = job.faults[at]
    return job.body.cells["row"][at], "; ".join(dict.fromkeys(c for c, _ in pairs)), "; ".join(dict.fromkeys(r for _, r in pairs))


def _widest(job: _Job, cells: list[str]) -> str:
    """The header of the cell that made a row unreadable as a whole: the longest one."""
    if not cells:
        return ""
    at = max(range(len(cells)), key=lambda i: len(cells[i]))
    return job.layout.headers[at].strip() if at < len(job.layout.headers) else ""
