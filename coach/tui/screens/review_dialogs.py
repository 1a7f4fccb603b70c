"""What a supervisor types or chooses for a review: a text, grades by the rubric, filters, and the plays often left aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static, TextArea

from coach.domain.words import Lang
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.services.review import Plays


class TextDialog(Dialog["str | None"]):
    """A few sentences; answers with the text. ``title`` is a key of the texts, ``before`` what they answer to."""

    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    TextDialog { align: center middle; }
    TextDialog > Vertical {
        width: 70; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }
    TextDialog #before { height: auto; max-height: 6; color: $text-muted; margin-bottom: 1; }
    TextDialog TextArea { height: 6; border: none; background: $panel; }
    TextDialog #error { height: 1; color: $text-error; text-style: bold; }
    """

    def __init__(self, title: str, before: str = "", **values: object) -> None:
        super().__init__()
        self.heading, self.before, self.values = title, before, values
        self.text, self.told = "", ""
        """What was typed; the key of what is said of it."""
        self._leaving = False

    @property
    def error(self) -> str:
        return self.t(self.told) if self.told else ""

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t(self.heading, **self.values)
            box.border_subtitle = self.t("review.text.keys")
            if self.before:
                yield VerticalScroll(Prose(Doc().add((self.before, "$text-muted"))), id="before", can_focus=False)
            yield TextArea(self.text, id="text", compact=True)
            yield Static(self.error, id="error", markup=False)

    @property
    def unsaved(self) -> bool:
        return bool(self.text.strip())

    def may_leave(self) -> bool:
        if not self.unsaved or self._leaving:
            return True
        self._leaving = True
        self._say("review.text.lose")
        return False

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        if event.text_area.text != self.text:  # composing it anew in another language types nothing
            self.text, self._leaving = event.text_area.text, False
            self._say("")

    def action_save(self) -> None:
        self.text = self.query_one("#text", TextArea).text
        if self.unsaved:
            self.dismiss(self.text.strip())
        else:
            self._say("review.text.empty")

    def _say(self, key: str) -> None:
        self.told = key
        self.query_one("#error", Static).update(self.error)


class RateDialog(Dialog["dict[str, int] | None"]):
    """The rubric: one key a grade, and the next criterion is in hand. Answers with the grades given."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False), Binding("down,j", "move(1)", show=False), Binding("enter,ctrl+s", "save", show=False),
    ]
    DEFAULT_CSS = """
    RateDialog { align: center middle; }
    RateDialog > Vertical {
        width: 72; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }
    RateDialog #error { height: 1; color: $text-error; text-style: bold; }
    """

    def __init__(self, rating: Mapping[str, int] | None = None) -> None:
        super().__init__()
        self.rating, self.at, self.error = dict(rating or {}), 0, ""

    @property
    def criteria(self) -> list[str]:
        from coach.services.review_words import rubric

        return list(rubric().criteria)

    def compose(self) -> ComposeResult:
        from coach.services.review_words import rubric

        grades = rubric().grades
        with Vertical() as box:
            box.border_title = self.t("review.rate.title")
            box.border_subtitle = self.t("review.rate.keys", grades=f"{grades[0]}-{grades[-1]}")
            yield Prose(id="grades")
            yield Static(self.error, id="error", markup=False)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    def _show(self) -> None:
        from coach.services.review_words import words

        use, doc = words(self.lang), Doc()
        for i, name in enumerate(self.criteria):
            grade, here = self.rating.get(name), i == self.at
            mark = f"{grade} {use.grades[grade]}" if grade in use.grades else "-"
            doc.add(("> " if here else "  ", "bold $accent"), (pad(use.criteria[name].name, 18), "bold" if here else ""),
                    (mark, "bold $text-success" if grade is not None else "$text-muted"))  # fmt: skip
            doc.add((f"  {use.criteria[name].asks}", "$text-muted"), hang=2)
        doc.gap().add(("   ".join(f"{grade} {said}" for grade, said in use.grades.items()), "$text-accent"))
        self.query_one("#grades", Prose).show(doc)

    def on_key(self, event: events.Key) -> None:
        from coach.services.review_words import rubric

        digit = event.character or ""
        if digit.isdigit() and int(digit) in rubric().grades:
            event.stop()
            self.rating[self.criteria[self.at]] = int(digit)  # a full-width digit counts too
            self.at = min(self.at + 1, len(self.criteria) - 1)
            self._show()

    def action_move(self, by: int) -> None:
        self.at = (self.at + by) % len(self.criteria)
        self._show()

    def action_save(self) -> None:
        if self.rating:
            self.dismiss(self.rating)
            return
        self.error = self.t("review.rate.none")
        self.query_one("#error", Static).update(self.error)


class PlaysSheet(Dialog[None]):
    """Plays whose suggestions are often left aside, why, and the rule that may put them later."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter,i", "leave", show=False)]
    DEFAULT_CSS = """
    PlaysSheet { align: center middle; }
    PlaysSheet > VerticalScroll {
        width: 90; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, plays: Plays, titles: Mapping[Lang, Mapping[str, str]], reasons: Mapping[Lang, Mapping[str, str]]) -> None:
        """``titles`` of plays and ``reasons`` by their names, per language."""
        super().__init__()
        self.plays, self.titles, self.reasons = plays, titles, reasons

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            box.border_title = self.t("review.plays.title")
            box.border_subtitle = self.t("review.plays.keys")
            yield Prose(self.doc())

    def doc(self) -> Doc:
        """A play in two lines: how often it was left aside, and the reasons."""
        found, lang = self.plays, self.lang
        titles, reasons = self.titles[lang], self.reasons[lang]
        doc = Doc().add((self.t("review.plays.days", since=f"{found.since:%m-%d}", until=f"{found.until:%m-%d}"), "$text-muted"))
        for row in found.rows:
            often = row.play in found.often
            mark = ""
            if often:
                mark = f"  {self.t('review.plays.often')}"
                mark += f" · {self.t('review.plays.lowered', points=found.points)}" if found.lowers else ""
            told = self.t("review.plays.row", ignored=row.ignored, used=row.used, followed=row.followed, changed=row.changed)
            doc.add((titles.get(row.play, row.play), "bold"), f"  {told}", (mark, "bold $text-warning"), hang=2)
            if row.reasons:
                doc.add((f"  {' · '.join(f'{reasons.get(name, name)} {n}' for name, n in row.reasons.items())}", "$text-muted"), hang=2)
        if not found.rows:
            doc.add(self.t("review.plays.none"))
        key = "review.plays.rule.on" if found.lowers else "review.plays.rule.off"
        doc.gap().add((self.t(key, least=found.least, share=round(found.share * 100), points=found.points), "$text-accent"))
        return doc
