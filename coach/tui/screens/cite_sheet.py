"""A passage that was cited, whole and with its source; left and right go through the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from coach.domain.slots import labelled
from coach.tui.screens.dialog import Dialog
from coach.tui.sources import sources_text
from coach.tui.widgets.prose import Doc, Prose

if TYPE_CHECKING:
    from coach.domain.suggestion import Citation
    from coach.playbook.cards import Passage, Playbook


@dataclass(frozen=True, slots=True)
class Shown:
    """A citation with what the playbook says of its source."""

    title: str
    topic: str
    text: str
    source: str


class CiteSheet(Dialog[None]):
    """Over the right side of the screen; Esc closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,n,space", "step(1)", show=False), Binding("left,p", "step(-1)", show=False), Binding("enter,q", "leave", show=False),
    ]
    DEFAULT_CSS = """
    CiteSheet { align: right middle; }
    CiteSheet > VerticalScroll {
        width: 64; max-width: 100%; height: 100%; border: round $accent; background: $surface; padding: 1 2; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, cites: Sequence[Citation], at: int, playbook: Playbook | None) -> None:
        super().__init__()
        self.cites, self.at, self.playbook = cites, max(0, min(at, len(cites) - 1)), playbook

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Prose(id="passage")

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    def shown(self) -> Shown:
        """The citation in view, in the language in force where the playbook has it in both."""
        cite = self.cites[self.at]
        passage = self._passage(cite.id)
        if passage is not None:
            title = labelled(passage.title, self.lang)
            return Shown(title, self._title(passage.topic), passage.shown, sources_text(passage.sources, self.lang, self._title))
        source = self.t("cite.record" if cite.id.startswith("record:") else "cite.document")
        return Shown(cite.title, "" if cite.topic == "record" else self._title(cite.topic), cite.quote, source)

    def _passage(self, passage_id: str) -> Passage | None:
        return self.playbook.passages.get((passage_id, self.lang)) if self.playbook else None

    def _title(self, topic: str) -> str:
        card = self.playbook.cards.get((topic, self.lang)) if self.playbook else None
        return card.title if card else topic

    def _show(self) -> None:
        shown = self.shown()
        box = self.query_one(VerticalScroll)
        box.border_title = self.t("cite.title", n=self.at + 1, of=len(self.cites))
        box.border_subtitle = self.t("cite.keys")
        doc = Doc()
        if shown.topic and shown.topic != shown.title:
            doc.add((shown.topic, "$text-muted"))
        doc.add((shown.title, "bold $primary")).gap()
        for line in shown.text.split("\n"):
            doc.add(line)
        doc.gap().add((f"{self.t('cite.source')}  ", "$text-muted"), shown.source, hang=2)
        doc.add((self.cites[self.at].id, "$text-muted"))
        self.query_one(Prose).show(doc)
        box.scroll_home(animate=False)
        box.focus()

    def action_step(self, by: int) -> None:
        self.at = (self.at + by) % len(self.cites)
        self._show()
