"""The playbook screen: cards by block on the left, the card on the right; search that jumps to a passage; questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coach.domain.slots import labelled
from coach.domain.words import Lang
from coach.tui.cites import Cites
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.threads import back, told
from coach.tui.widgets.bars import Key
from coach.tui.widgets.card_text import BLOCKS, block_of, card_doc
from coach.tui.widgets.chat_pane import Turn, answer_into
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.wrap import cut

if TYPE_CHECKING:
    from coach.assistant.engine import Answer
    from coach.playbook.cards import Playbook

PAUSE = 0.2
HITS = 12
ASKS = ("?", "？")
"""A text that begins with one of these is a question."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found: of a card, or of the branch's own documents."""

    id: str
    topic: str
    title: str
    text: str


class PlaybookScreen(CoachScreen):
    SECTION = "playbook"
    CSS_PATH = "playbook.tcss"
    KEYS = (
        Key("/", "key.search", "screen.search"), Key("a", "key.ask", "screen.ask"), Key("Enter", "key.open", "screen.read"),
        Key("Esc", "key.cards", "screen.leave"), Key("o", "key.cites", "screen.cite(1)"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,fullwidth_solidus", "search", show=False), Binding("a", "ask", show=False), Binding("escape", "leave", show=False),
        Binding("right", "read", show=False), Binding("left", "list", show=False), Binding("o", "cite(1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.book: Playbook | None = None
        self.text = ""
        """What stands in the field."""
        self.hits: list[Found] | None = None
        """``None`` = the cards are listed."""
        self.topic = ""
        self.marked = ""
        """The passage that was jumped to."""
        self.turn: Turn | None = None
        self.cites = Cites()
        self._at = 0
        self._scroll = 0.0
        self._timer: Any = None

    def compose_body(self) -> ComposeResult:
        yield LineInput(self.text, placeholder=self.t("book.search"), id="search", compact=True, select_on_focus=False)
        with Horizontal(id="book"):
            yield OptionList(id="cards", markup=False, compact=True)
            yield VerticalScroll(Prose(id="page-text"), id="page", can_focus=True)
        yield Static("", id="caution", markup=False)

    def on_mount(self) -> None:
        self._show_page()
        self.query_one("#cards").focus()

    async def recompose(self) -> None:
        """Under a dialog it waits until the screen is seen again: what lies beneath is still drawn from the old widgets."""
        if self.app.screen is not self:
            return
        focused = self.focused.id if self.focused else None
        self._scroll = self.query_one("#page").scroll_y
        self._at = self.query_one(OptionList).highlighted or 0
        await super().recompose()
        self.query(f"#{focused or 'cards'}").first().focus(scroll_visible=False)

    def load(self) -> None:
        if self.book is None:
            self._read()
        else:
            self._show_list()
            self._show_page(scroll=self._scroll)
            self._show_caution()
            if self.hits is not None:
                self._search(self.text, self.lang)

    @work(thread=True, exclusive=True, group="book.read")
    def _read(self) -> None:
        with told(self):
            assert self.coach.ws is not None
            back(self, self._got_book, self.coach.ws.playbook)

    def _got_book(self, book: Playbook) -> None:
        self.book = book
        self.topic = book.in_order(self.lang)[0].id
        self._show_list()
        self._show_page()
        self._show_caution()

    def title_of(self, topic: str) -> str:
        """A card's title; the topic itself where there is no such card."""
        card = self.book.cards.get((topic, self.lang)) if self.book else None
        return card.title if card else topic

    # the list on the left: cards by block, or what was found

    def _show_list(self) -> None:
        if self.book is None:
            return
        listed = self.query_one(OptionList)
        width = max(listed.size.width - 4, 12)
        options: list[Option] = []
        if self.hits is not None:
            for hit in self.hits:
                title, card = cut(labelled(hit.title, self.lang), width), cut(self.title_of(hit.topic), width - 2)
                options.append(Option(f"{title}\n  {card}", id=f"p:{hit.id}"))
        else:
            cards = self.book.in_order(self.lang)
            for block in (*(name for name, _ in BLOCKS), "own"):
                inside = [card for card in cards if block_of(card.id) == block]
                if inside:
                    options.append(Option(self.t(f"book.block.{block}"), disabled=True))
                options.extend(Option(f"  {cut(card.title, width)}", id=f"c:{card.id}") for card in inside)
        with self.prevent(OptionList.OptionHighlighted):
            listed.set_options(options)
            wanted = f"c:{self.topic}" if self.hits is None else f"p:{self.marked}"
            at = next((i for i, option in enumerate(options) if option.id == wanted), None)
            listed.highlighted = at if at is not None else next((i for i, option in enumerate(options) if not option.disabled), None)

    def on_resize(self) -> None:
        self.set_class(self.app.size.width >= 110, "-wide-nav")
        self.call_after_refresh(self._show_list)

    @on(OptionList.OptionHighlighted, "#cards")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is not None:
            self._go(event.option_id)

    @on(OptionList.OptionSelected, "#cards")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self._go(event.option_id)
            self.query_one("#page").focus(scroll_visible=False)

    def _go(self, option_id: str) -> None:
        kind, _, name = option_id.partition(":")
        self.turn = None
        if kind == "c":
            self.topic, self.marked = name, ""
        else:
            self.topic, self.marked = name.partition("/")[0], name
        self._show_page()

    # the page on the right

    def _show_page(self, *, scroll: float | None = None) -> None:
        page, text = self.query_one("#page", VerticalScroll), self.query_one("#page-text", Prose)
        text.show(self._page())
        if scroll is not None:
            self.call_after_refresh(page.scroll_to, y=scroll, animate=False)
        elif self.marked:
            self.call_after_refresh(self._to_marked)
        else:
            page.scroll_home(animate=False)

    def _to_marked(self) -> None:
        line = self.query_one("#page-text", Prose).line_of(self.marked)
        self.query_one("#page").scroll_to(y=line or 0, animate=False)

    def _page(self) -> Doc:
        if self.book is None:
            return Doc().add((self.t("book.opening"), "$text-muted"))
        if self.turn is not None:
            return self._answer_page(self.turn)
        if self.hits is not None and not self.hits:
            return Doc().add((self.t("book.hits.none", text=self.text), "$text-warning"))
        card = self.book.cards.get((self.topic, self.lang))
        if card is not None:
            return card_doc(card, self.lang, self.title_of, self.marked)
        hit = next((hit for hit in self.hits or () if hit.id == self.marked), None)
        if hit is None:
            return Doc()
        doc = Doc().add((hit.title, "bold $primary")).gap()
        for line in hit.text.split("\n"):
            doc.add(line)
        return doc.gap().add((f"{self.t('cite.source')}  ", "$text-muted"), self.t("cite.document"))

    def _answer_page(self, turn: Turn) -> Doc:
        doc = Doc().add((f"{self.t('chat.you')}  ", "bold $primary"), (turn.question, "bold"), hang=3).gap()
        if turn.error:
            doc.add((turn.error, "$text-error"))
        elif turn.answer is None:
            doc.add((self.t("chat.thinking"), "$text-muted"))
        else:
            answer_into(doc, turn.answer, self.cites, self.lang)
            doc.head(self.t("cite.source"))
            for cite in turn.answer.citations:
                doc.add(self.cites.marks((cite.id,)), f" {cite.title}", (f"  {self.title_of(cite.topic)}", "$text-muted"), hang=5)
        return doc

    def _show_caution(self) -> None:
        """A quiet line at the foot while the search goes by words alone: why, and how to mend it."""
        from coach.services.knowledge import cautions

        lines = [] if self.coach.ws is None else cautions(self.coach.ws, self.lang)
        line = self.query_one("#caution", Static)
        line.update(lines[0] if lines else "")
        line.display = bool(lines)

    # searching

    @on(LineInput.Changed, "#search")
    def _typed(self, event: LineInput.Changed) -> None:
        if event.value == self.text:
            return
        self.text = event.value
        if self._timer is not None:
            self._timer.stop()
        if self.text.startswith(ASKS):
            return
        self._timer = self.set_timer(PAUSE, self._search_now)

    def _search_now(self) -> None:
        if not self.text.strip():
            self._found(self.text, None)
        elif self.coach.ready:
            self._search(self.text, self.lang)

    @work(thread=True, exclusive=True, group="book.search")
    def _search(self, text: str, lang: Lang) -> None:
        with told(self):
            from coach.services.knowledge import retriever

            assert self.coach.ws is not None
            hits = retriever(self.coach.ws).search(text.strip(), lang=lang, k=HITS)
            back(self, self._found, text, [Found(hit.id, hit.topic, hit.title, hit.text) for hit in hits])

    def _found(self, text: str, hits: list[Found] | None) -> None:
        if text != self.text:
            return
        self.hits, self.turn = hits, None
        if hits is None:
            self.marked = ""
        elif not any(hit.id == self.marked for hit in hits):
            self.topic, self.marked = (hits[0].topic, hits[0].id) if hits else (self.topic, "")
        self._show_list()
        self._show_page()
        self._show_caution()

    # asking

    @on(LineInput.Submitted, "#search")
    def _submitted(self, event: LineInput.Submitted) -> None:
        if not self.text.startswith(ASKS):
            self.query_one("#cards").focus()
            return
        question = self.text.lstrip("".join(ASKS)).strip()
        if question and self.coach.ready:
            self.turn, self.cites = Turn(question), Cites()
            self._show_page()
            self._ask(self.turn, self.lang)

    @work(thread=True, exclusive=True, group="book.ask")
    def _ask(self, turn: Turn, lang: Lang) -> None:
        def failed(line: str) -> None:
            turn.error = line
            self._show_page()

        with told(self, failed):
            from coach.services.suggestions import ask

            assert self.coach.ws is not None
            answer = ask(self.coach.ws, turn.question, self.coach.today, lang=lang)
            back(self, self._answered, turn, answer)

    def _answered(self, turn: Turn, answer: Answer) -> None:
        turn.answer = answer
        if turn is self.turn:
            self.cites.add(answer.citations)
            self._show_page()
            self._show_caution()

    # what a person does

    def action_search(self) -> None:
        field = self.query_one(LineInput)
        if field.value.startswith(ASKS):
            field.value = ""
        field.focus()

    def action_ask(self) -> None:
        field = self.query_one(LineInput)
        if not field.value.startswith(ASKS):
            field.value = "？" if self.lang == "zh" else "?"
        field.focus()
        field.cursor_position = len(field.value)

    def action_read(self) -> None:
        self.query_one("#page").focus(scroll_visible=False)

    def action_list(self) -> None:
        self.query_one("#cards").focus()

    def action_leave(self) -> None:
        """Esc: out of the page or the field to the list; then out of the search to the cards."""
        cards = self.query_one(OptionList)
        if not cards.has_focus and self.turn is None:
            cards.focus()
        elif self.text or self.hits is not None or self.turn is not None:
            self.text, self.hits, self.turn, self.marked = "", None, None, ""
            self.query_one(LineInput).value = ""
            self._show_list()
            self._show_page()
            cards.focus()

    def action_cite(self, number: int) -> None:
        from coach.tui.screens.cite_sheet import CiteSheet

        if self.cites.all:
            self.app.push_screen(CiteSheet(self.cites.all, number - 1, self.book))
        else:
            self.notify(self.t("cite.none"))
