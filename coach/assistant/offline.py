"""The engine that needs no model and no network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from coach.assistant.ask import answer
from coach.assistant.compose import compose
from coach.assistant.engine import Answer, Case, Exchange, Retriever, Watch
from coach.assistant.rewrite import How, rewritten
from coach.domain.suggestion import Suggestion
from coach.domain.words import Lang


class OfflineEngine:
    """Composes from the playbook and the records; the fallback of every other engine."""

    name = "offline"

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever

    def suggest(self, case: Case, watch: Watch | None = None) -> Suggestion:
        """A suggestion for a case that has at least one candidate."""
        return compose(case, self.name)

    def ask(
        self, question: str, case: Case | None, *, today: date, lang: Lang, before: Sequence[Exchange] = (), watch: Watch | None = None
    ) -> Answer:
        """An answer whose sentences stand in the playbook or the client's records."""
        return answer(question, case, self.retriever, lang, self.name)

    def rewrite(self, draft: str, how: How, case: Case, watch: Watch | None = None) -> tuple[str, str | None]:
        """Courtesy goes or comes; what the message says stays."""
        return rewritten(draft, how, case.lang), None
