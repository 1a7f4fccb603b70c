"""Which days the report tells of: five usual periods by one key each, or a first and a last day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from coach.tui.dates import parse_day
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.line_input import LineInput

DEFAULT = "this_month"


class Span(NamedTuple):
    """A period: its name (``own`` = typed), the first and the last day."""

    name: str
    start: date
    end: date


def spans(today: date) -> dict[str, Span]:
    """The usual periods as seen from a day; those that run still end on it."""
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    last_quarter = quarter - timedelta(days=1)
    told = (
        Span("this_week", monday, today), Span("last_week", monday - timedelta(days=7), monday - timedelta(days=1)),
        Span("this_month", first, today), Span("last_month", before, first - timedelta(days=1)), Span("quarter", quarter, today),
        Span("last_quarter", date(last_quarter.year, last_quarter.month - 2, 1), last_quarter),
    )  # fmt: skip
    return {span.name: span for span in told}


def past_day(text: str, today: date) -> date | None:
    """A day as a person types it, looking back: without a year it is the last one that has been. ``None``: no date."""
    found = parse_day(text, today)
    if found is None or found <= today or str(found.year) in text:
        return found
    for years in range(1, 9):  # 29 February comes every four, once every eight years
        try:
            back = found.replace(year=found.year - years)
        except ValueError:
            continue
        if back <= today:
            return back
    return None


class PeriodDialog(Dialog["Span | None"]):
    """Answers with the period chosen."""

    AUTO_FOCUS = "#periods"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    PeriodDialog { align: center middle; }
    PeriodDialog > Vertical {
        width: 56; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }
    PeriodDialog OptionList, PeriodDialog OptionList:focus { height: auto; border: none; background: $surface; }
    PeriodDialog .row { height: 1; margin-top: 1; }
    PeriodDialog .row Label { width: 5; color: $text-muted; }
    PeriodDialog Input { width: 16; margin-right: 2; }
    PeriodDialog #told { color: $text-error; height: auto; }
    """

    def __init__(self, today: date, now: Span) -> None:
        super().__init__()
        self.today, self.now, self.choices = today, now, spans(today)
        self.typed = [now.start.isoformat(), now.end.isoformat()]
        self.error = ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t("report.period.title")
            box.border_subtitle = self.t("report.period.keys")
            yield OptionList(*(
                Option(f"{self.t(f'report.period.{name}')}  {span.start} .. {span.end}", id=name) for name, span in self.choices.items()
            ), id="periods", markup=False)  # fmt: skip
            with Horizontal(classes="row"):
                yield Label(self.t("report.period.from"))
                yield LineInput(self.typed[0], id="from", compact=True)
                yield Label(self.t("report.period.to"))
                yield LineInput(self.typed[1], id="to", compact=True)
            yield Static(self.error, id="told", markup=False)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    def _show(self) -> None:
        listed = self.query_one("#periods", OptionList)
        listed.highlighted = next((i for i, name in enumerate(self.choices) if name == self.now.name), None)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.choices[str(event.option.id)])

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.typed[0 if event.input.id == "from" else 1] = event.value

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        self.action_save()

    def action_save(self) -> None:
        """The days typed."""
        days = [past_day(text, self.today) for text in self.typed]
        for name, text, found in zip(("from", "to"), self.typed, days, strict=True):
            if found is None:
                self._refuse(self.t("report.period.bad", text=text), name)
                return
        start, end = days
        assert start is not None and end is not None
        if end < start:
            self._refuse(self.t("report.period.order"), "to")
        elif start > self.today:
            self._refuse(self.t("report.period.ahead", today=self.today), "from")
        else:
            self.dismiss(Span("own", start, end))

    def _refuse(self, text: str, name: str) -> None:
        self.error = text
        self.query_one("#told", Static).update(text)
        self.query_one(f"#{name}").focus()
