"""How one's criteria went over the last weeks: a row of bars for each, the weakest marked, with what to do about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from coach.domain.words import Lang, pick
from coach.tui.cites import Cites
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.practice_cites import citations
from coach.tui.screens.practice_people import Person
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key
from coach.tui.widgets.practice_score import WEAK, colour
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.widgets.trend import bars
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.playbook.cards import Playbook
    from coach.practice.scenario import CriterionId

DAYS = 90
WEAKEST = 3
NAME = {"zh": 12, "en": 22}
_FULL = 1000
"""A share of 1 in the units of the bars."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What the trend stands on."""

    shares: dict[CriterionId, list[tuple[date, float]]]
    names: dict[Lang, dict[str, str]]
    advice: dict[Lang, list[tuple[str, str, tuple[str, ...]]]]
    book: Playbook


def spark(values: list[float], room: int) -> str:
    """The newest values as bars one line high, each three cells wide; a full bar is a full share."""
    shown = [round(value * _FULL) for value in values[-max(room // 3, 1):]]
    return bars([*shown, _FULL], 1)[0][: len(shown) * 3 - 1].ljust(len(shown) * 3 - 1)


class TrendScreen(CoachScreen):
    """The trend of one person."""

    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#trend"
    KEYS = (Key("Esc", "key.back", "screen.leave"), Key("o", "key.cites", "screen.cite(1)"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False), Binding("o", "cite(1)", show=False)]

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person
        self.gone: Gone | None = None
        self.error = ""
        self.cites = Cites()

    def compose_body(self) -> ComposeResult:
        yield Static("", id="trend-head", markup=False)
        yield VerticalScroll(Prose(id="trend-text"), id="trend", can_focus=True)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        if self.query("#trend"):
            self._show()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def load(self) -> None:
        ws, today, who = self.coach.ws, self.coach.today, self.person.staff_no
        assert ws is not None

        def find() -> Gone:
            from coach.practice.kit import kit
            from coach.services.practice_training import advice, trends

            names: dict[Lang, dict[str, str]] = {}
            told: dict[Lang, list[tuple[str, str, tuple[str, ...]]]] = {}
            for lang in ("zh", "en"):
                names[lang] = {key: words.name for key, words in kit().words(lang).criteria.items()}
                told[lang] = [(name, text, cites) for name, text, cites in advice(ws, who, today, lang)]
            return Gone(dict(trends(ws, who, today - timedelta(days=DAYS), today)), names, told, ws.playbook)

        behind(self, find, self._got, self._failed)

    def _got(self, gone: Gone) -> None:
        self.gone, self.error = gone, ""
        self.cites.add(citations((cite for _, _, cites in gone.advice[self.lang] for cite in cites), gone.book, self.lang))
        self._show()

    def _failed(self, line: str) -> None:
        self.error = line
        self._show()

    def _show(self) -> None:
        if not self.query("#trend"):
            return
        head, gone = self.query_one("#trend-head", Static), self.gone
        if gone is None:
            head.update(self.error or self.t("practice.list.loading"))
            return
        count = max((len(line) for line in gone.shares.values()), default=0)
        head.update(self.t("practice.trend.title", name=self.person.name, days=DAYS, n=count))
        none = Doc().add((self.t("practice.trend.none", days=DAYS), "$text-muted"))
        self.query_one("#trend-text", Prose).show(self._doc(gone) if count else none)

    def _doc(self, gone: Gone) -> Doc:
        """Ten rows, the weakest first."""
        names = gone.names[self.lang]
        means = {name: sum(v for _, v in line) / len(line) for name, line in gone.shares.items()}
        order = sorted(gone.shares, key=lambda name: means[name])
        room = max(self.app.size.width - NAME[self.lang] - 12, 12)
        doc = Doc().add((self.t("practice.trend.head"), "$text-muted")).gap()
        for name in order:
            line = [value for _, value in gone.shares[name]]
            mean = means[name]
            row = (
                Content(pad(names.get(name, name), NAME[self.lang]) + " ") + Content.styled(spark(line, room), f"$text-{colour(line[-1])}")
                + Content.styled(f"  {round(mean * 100):>3}%", f"bold $text-{colour(mean)}")
            )  # fmt: skip
            doc.parts.append((row, -1))
        weak = [names.get(name, name) for name in order if means[name] < WEAK]
        if weak:
            told = pick(self.lang, "、", ", ").join(weak[:WEAKEST])
            doc.gap().add((self.t("practice.trend.weak", names=told), "bold $text-error"))
        if gone.advice[self.lang]:
            doc.head(self.t("practice.trend.advice"))
        for name, text, cites in gone.advice[self.lang]:
            doc.add((f"{names.get(name, name)}  ", "bold"), text, self.cites.marks(cites), hang=2)
        return doc

    def action_cite(self, number: int) -> None:
        from coach.tui.screens.cite_sheet import CiteSheet

        if self.gone is None or not self.cites.all:
            self.notify(self.t("cite.none"))
            return
        self.app.push_screen(CiteSheet(self.cites.all, number - 1, self.gone.book))

    def action_leave(self) -> None:
        self.app.pop_screen()
