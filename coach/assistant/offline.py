"""The engine that needs no model and no network."""

from __future__ import annotations

from coach.assistant.ask import answer
from coach.assistant.compose import compose
from coach.assistant.engine import Answer, Case, Retriever, Watch
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

    def ask(self, question: str, case: Case | None, *, lang: Lang, watch: Watch | None = None) -> Answer:
        """An answer whose sentences stand in the playbook or the client's records."""
        return answer(question, case, self.retriever, lang, self.name)
