"""What the allocation screen shows: a preview or a run that was carried out, in one shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coach.domain.words import Lang

if TYPE_CHECKING:
    from datetime import date

    from coach.domain.allocation import Mode
    from coach.services.allocation import Proposal
    from coach.services.allocation_runs import Member, Moved, Run
    from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class MoveRow:
    """One client who passes on, or did."""

    client_no: str
    name: str
    before: str
    """Name of the manager; empty = there was none."""
    after: str
    assets_fen: int
    why: Callable[[Lang], str]
    between: tuple[str, ...]
    """The staff numbers concerned."""


@dataclass(frozen=True, slots=True)
class BookRow:
    """One person's clients (number, fen) before and after; ``fair`` is not known of a run."""

    staff_no: str
    name: str
    post: str
    before: tuple[int, int]
    after: tuple[int, int]
    fair: tuple[int, int] | None
    came: int
    went: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """Highest over mean of a post, before and after."""

    post: str
    value: tuple[float, float]
    number: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A preview (``proposal``) or a run."""

    books: tuple[BookRow, ...]
    ratios: tuple[Ratio, ...]
    moves: tuple[MoveRow, ...]
    members: tuple[Member, ...]
    tolerance: tuple[float, float]
    """Of assets and of number, above 1."""
    proposal: Proposal | None = None
    run: Run | None = None
    joining: tuple[str, ...] = field(default=())
    """Names of who has nobody yet and is given some."""

    @property
    def people(self) -> int:
        """How many people the moves concern."""
        return len({no for row in self.moves for no in row.between})


def preview(ws: Workspace, mode: Mode, day: date, leaving: Sequence[str]) -> Sheet:
    """Worked out anew; nothing is written."""
    from coach.services.allocation import propose
    from coach.services.allocation_runs import client_names, members

    found, staff = propose(ws, mode, day, leaving=leaving), members(ws)
    made, why = found.made, found.teller()
    called, names = {m.staff_no: m.name for m in staff}, client_names(ws, [m.client_no for m in made.moves])
    rows = tuple(
        MoveRow(
            m.client_no, names.get(m.client_no, ""), called.get(m.before or "", m.before or ""), called.get(m.after, m.after), m.assets_fen,
            lambda lang, m=m: why(m, lang), tuple(filter(None, (m.before, m.after))),  # type: ignore[misc]
        )
        for m in made.moves
    )  # fmt: skip
    came, went = Counter(m.after for m in made.moves), Counter(m.before for m in made.moves)
    was = {b.staff_no: (b.clients, b.assets_fen) for b in made.before.books}
    books = tuple(
        BookRow(
            b.staff_no, called.get(b.staff_no, b.staff_no), b.post, was.get(b.staff_no, (0, 0)), (b.clients, b.assets_fen),
            (round(b.fair_clients), b.fair_assets_fen), came[b.staff_no], went[b.staff_no],
        )
        for b in made.after.books
    )  # fmt: skip
    value, number = (made.before.value, made.after.value), (made.before.number, made.after.number)
    ratios = tuple(Ratio(post, (value[0][post], value[1][post]), (number[0][post], number[1][post])) for post in value[1])
    joining = tuple(b.name for b in books if not b.before[0])
    return Sheet(books + _leavers(staff, books, went), ratios, rows, staff, _tolerance(ws), proposal=found, joining=joining)


def _leavers(staff: Sequence[Member], books: Sequence[BookRow], went: Mapping[str | None, int]) -> tuple[BookRow, ...]:
    """Who gives clients away and has no book any more."""
    known = {b.staff_no for b in books}
    return tuple(
        BookRow(m.staff_no, m.name, m.post, (m.clients, 0), (m.clients - went[m.staff_no], 0), None, 0, went[m.staff_no])
        for m in staff if m.staff_no not in known and went.get(m.staff_no)
    )  # fmt: skip


def past(ws: Workspace, run: Run) -> Sheet:
    """A run as it was carried out."""
    from coach.services.allocation_runs import client_names, members, moves_of

    staff, moves = members(ws), moves_of(ws, run.run_no)
    who = {m.staff_no: m for m in staff}
    called, names = {no: m.name for no, m in who.items()}, client_names(ws, [m.client_no for m in moves])
    came, went = Counter(m.after for m in moves), Counter(m.before for m in moves)
    books = tuple(
        BookRow(
            no, called.get(no, no), _post(who[no].post if no in who else "", run), run.before.get(no, (0, 0)), after, None, came[no],
            went[no],
        )
        for no, after in run.after.items()
    )  # fmt: skip
    ratios = tuple(Ratio(post, both, run.number.get(post, (1.0, 1.0))) for post, both in run.value.items())
    return Sheet(books, ratios, tuple(_moved(m, called, names) for m in moves), staff, _tolerance(ws), run=run)


def _post(post: str, run: Run) -> str:
    """The name under which a post's ratio stands in a run: where there are several branches, the branch stands before it."""
    return next((key for key in run.value if key == post or key.endswith(f"/{post}")), post)


def _moved(m: Moved, called: Mapping[str, str], names: Mapping[str, str]) -> MoveRow:
    before, after = called.get(m.before or "", m.before or ""), called.get(m.after, m.after)
    between = tuple(filter(None, (m.before, m.after)))
    return MoveRow(m.client_no, names.get(m.client_no, ""), before, after, m.assets_fen, m.reason, between)


def _tolerance(ws: Workspace) -> tuple[float, float]:
    rules = ws.policy.allocation
    return 1 + rules.value_tolerance, 1 + rules.number_tolerance


_SORTS: dict[str, Callable[[MoveRow], tuple[object, ...]]] = {
    "assets": lambda row: (row.assets_fen, row.client_no), "client_no": lambda row: (row.client_no,),
    "name": lambda row: (row.name, row.client_no), "before": lambda row: (row.before, row.client_no),
    "after": lambda row: (row.after, row.client_no),
}


def listed(sheet: Sheet, only: str, sort: str, descending: bool) -> list[MoveRow]:
    """The moves of one person (all where ``only`` is empty), sorted."""
    rows = [row for row in sheet.moves if not only or only in row.between]
    return sorted(rows, key=_SORTS[sort], reverse=descending)
