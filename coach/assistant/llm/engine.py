"""The engine behind which a language model writes; the offline engine stands by for all that it cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from coach.assistant.engine import Answer, Case, Exchange, House, Retriever, Watch
from coach.assistant.llm.chain import SuggestChain
from coach.assistant.llm.chat import Chat
from coach.assistant.llm.rewriting import rewrite
from coach.assistant.llm.writer import Writer
from coach.assistant.masking import MaskOf
from coach.assistant.rewrite import How
from coach.assistant.verify import Supports
from coach.domain.suggestion import Suggestion
from coach.domain.words import Lang


class LlmEngine:
    """Speaks through one connection; all that it gives is verified, or comes from the offline engine with the reason."""

    def __init__(self, writer: Writer, retriever: Retriever, support: Supports, mask_of: MaskOf, house: House) -> None:
        self.name = f"llm:{writer.model}"
        self._writer, self._support, self._mask_of = writer, support, mask_of
        self._suggesting = SuggestChain(writer, support, mask_of)
        self._chat = Chat(writer, retriever, support, mask_of, house)

    def suggest(self, case: Case, watch: Watch | None = None) -> Suggestion:
        return self._suggesting.suggest(case, watch)

    def ask(
        self, question: str, case: Case | None, *, today: date, lang: Lang, before: Sequence[Exchange] = (), watch: Watch | None = None
    ) -> Answer:
        return self._chat.ask(question, case, today=today, lang=lang, before=before, watch=watch)

    def rewrite(self, draft: str, how: How, case: Case, watch: Watch | None = None) -> tuple[str, str | None]:
        """The draft rewritten, and why it was not the model that did it (``None`` = it was)."""
        return rewrite(self._writer, self._support, self._mask_of, draft, how, case, watch)
