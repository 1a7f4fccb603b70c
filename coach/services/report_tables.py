"""The report's figures as tables: what the page, the workbook and the terminal show alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from coach.domain.format import money
from coach.domain.report import CHANNELS, Figures, Share
from coach.domain.report_figures import FIGURES, Unit, effective_target
from coach.domain.words import Lang, label
from coach.services.report import Part, Report

Kind = Unit | Literal["text"]
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Columns (heading, kind) and rows. Money is fen; a share is of 1; ``None`` = nothing to count."""

    title: str
    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[tuple[Value, ...], ...]


def cell(value: Value, kind: Kind, lang: Lang) -> str:
    """A value as a person reads it."""
    if value is None:
        return "–"
    if kind == "text":
        return str(value)
    if kind == "share":
        return f"{float(value) * 100:.0f}%"
    return money(int(value), lang) if kind == "money" else f"{value:,g}" if isinstance(value, float) else f"{value:,}"


def cells(table: Table, lang: Lang) -> list[list[str]]:
    """Headings and rows as text."""
    kinds = [kind for _, kind in table.columns]
    rows = [[cell(v, k, lang) for v, k in zip(row, kinds, strict=True)] for row in table.rows]
    return [[heading for heading, _ in table.columns], *rows]


def _values(f: Figures) -> tuple[Value, ...]:
    return tuple(figure.value(f) for figure in FIGURES)


def _figure_columns(made: Report) -> tuple[tuple[str, Kind], ...]:
    return tuple((made.words.figures[figure.id], figure.unit) for figure in FIGURES)


def people_table(made: Report) -> Table:
    """Every figure as one number: a row a person, the branch last."""
    w = made.words.page
    return Table(
        w["people"], ((w["person"], "text"), (w["clients"], "count"), *_figure_columns(made)),
        tuple((_name(p.name, p.staff_no), made.figures[p.staff_no].clients, *_values(made.figures[p.staff_no])) for p in made.everyone),
    )  # fmt: skip


def _name(name: str, staff_no: str) -> str:
    return f"{name} {staff_no}".strip()


def work_table(made: Report) -> Table:
    """5-20-30: a row a person and channel."""
    w = made.words.page
    columns = [w[key] for key in ("person", "channel", "planned", "done", "contacts", "effective_n", "counted", "target")]
    rows = []
    for p in made.everyone:
        for channel in CHANNELS:
            k = made.figures[p.staff_no].work[channel]
            rows.append((
                _name(p.name, p.staff_no), label(channel, made.lang), k.planned, k.done, k.contacts, k.effective, k.counted, k.target,
                Share(k.counted, k.target).rate,
            ))  # fmt: skip
    kinds: list[Kind] = ["text", "text", *["count"] * 6]  # type: ignore[list-item]
    return Table(w["work"], (*zip(columns, kinds, strict=True), (w["rate"], "share")), tuple(rows))


def result_table(made: Report) -> Table:
    """Coverage, retention, lifts, money won back, referrals."""
    w, f, by = made.words.page, made.words.figures, made.effective
    columns: list[tuple[str, Kind]] = [
        (w["person"], "text"), (f["effective"], "share"), (w["target"], "share"), (f["coverage_A"], "share"), (f["coverage_B"], "share"),
        (f["coverage_C"], "share"), (w["matured"], "money"), (w["placed"], "money"), (f["retention"], "share"), (f["lifted"], "count"),
        (w["won_clients"], "count"), (f["won_back"], "money"), (w["asked"], "count"), (f["referrals"], "count"),
    ]  # fmt: skip
    rows = []
    for p in made.everyone:
        g = made.figures[p.staff_no]
        rows.append((
            _name(p.name, p.staff_no), g.contacts.rate, effective_target(g, by), *(s.rate for s in g.coverage.values()), g.matured_fen,
            g.placed_fen, Share(g.placed_fen, g.matured_fen).rate, g.lifted, g.won_clients, g.won_fen, g.asked, g.given,
        ))  # fmt: skip
    return Table(w["result"], tuple(columns), tuple(rows))


def helped_table(made: Report) -> Table:
    """Suggestions and what was done with them, practice, open cautions."""
    w, f = made.words.page, made.words.figures
    columns: list[tuple[str, Kind]] = [
        (w["person"], "text"), (w["shown"], "count"), (w["followed"], "count"), (w["changed"], "count"), (w["ignored_n"], "count"),
        (w["attempts"], "count"), (f["practice"], "score"), (w["passed"], "count"), (f["cautions"], "count"), (w["blocking"], "count"),
    ]  # fmt: skip
    rows = []
    for p in made.everyone:
        g = made.figures[p.staff_no]
        rows.append((
            _name(p.name, p.staff_no), g.shown, g.followed, g.changed, g.ignored, g.attempts, g.score, g.passed, g.cautions, g.blocking,
        ))  # fmt: skip
    return Table(w["helped"], tuple(columns), tuple(rows))


def parts_table(made: Report, title: str, parts: Sequence[Part]) -> Table:
    """Weeks or months: a row a part and person."""
    w = made.words.page
    rows = []
    for part in parts:
        for p in made.everyone:
            f = part.figures[p.staff_no]
            span = (part.period.start.isoformat(), part.period.end.isoformat())
            rows.append((*span, _name(p.name, p.staff_no), f.clients, *_values(f)))
    columns: tuple[tuple[str, Kind], ...] = ((w["from"], "text"), (w["to"], "text"), (w["person"], "text"), (w["clients"], "count"))
    return Table(title, (*columns, *_figure_columns(made)), tuple(rows))


def advice_table(made: Report) -> Table:
    """One row a word of advice."""
    w = made.words.page
    rows = [
        (_name(p.name, p.staff_no), w[a.kind], made.words.figures[a.gap.figure], a.text, ", ".join(a.cites))
        for p in made.people for a in made.advice.get(p.staff_no, ())
    ]  # fmt: skip
    return Table(w["advice"], tuple((w[k], "text") for k in ("person", "kind", "figure", "advice", "cites")), tuple(rows))


def definitions_table(made: Report) -> Table:
    """What each figure means."""
    w = made.words.page
    rows = [(d.name, d.counts, d.records, d.formula) for d in made.words.definitions.values()]
    return Table(w["definitions"], tuple((w[k], "text") for k in ("figure", "counts", "records", "formula")), tuple(rows))
