"""The one interface through which Coach asks for a proposal or an answer, whatever writes it.

An engine gets a :class:`Case` (all it may know) and gives a :class:`~coach.domain.suggestion.Suggestion`
or an :class:`Answer`. It never reads the database, the clock or the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol

from coach.assistant.rewrite import How
from coach.domain.client import ClientPicture, SignalFact
from coach.domain.compliance_rules import RulePack
from coach.domain.facts import Facts, build_facts
from coach.domain.policy import Policy
from coach.domain.suggestion import Citation, Suggestion
from coach.domain.words import Lang
from coach.playbook.cards import Playbook


class Hit(Protocol):
    """A passage found: what the retriever gives."""

    @property
    def id(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def score(self) -> float: ...


class Retriever(Protocol):
    """Finds passages of the playbook and of the branch's own documents."""

    def search(
        self, query: str, *, lang: Lang, k: int = 5, topics: Collection[str] | None = None, kinds: Collection[str] | None = None
    ) -> list[Any]:
        """The nearest passages, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A play that could be proposed for a client: the signal that calls for it and the step in force."""

    signal: SignalFact | None
    """``None`` where no signal holds and the relationship's rhythm alone says what comes next."""
    play: str
    step: str
    channel: str
    due: date
    done: tuple[str, ...] = ()
    """Steps of the play already done in this run."""


@dataclass(frozen=True, slots=True)
class House:
    """What holds for every client of the branch: its method in figures, its playbook, its rules."""

    policy: Policy
    playbook: Playbook
    rules: RulePack


@dataclass(frozen=True, slots=True)
class Case:
    """Everything an engine may know: one client on one date, the method, the rules, the language."""

    client: ClientPicture
    candidates: tuple[Candidate, ...]
    """Most urgent first; the engine takes the first that the rules allow."""
    policy: Policy
    playbook: Playbook
    rules: RulePack
    today: date
    lang: Lang
    retriever: Retriever

    def facts(self, first: SignalFact | None) -> Facts:
        """The client's facts; the given signal's evidence wins where two carry the same slot."""
        rest = [s for s in self.client.signals if s is not first]
        return build_facts(self.client, [first, *rest] if first else rest, self.policy, self.today, self.lang)


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """Something that the assistant would do; nothing happens before a person takes it up."""

    kind: Literal["message", "task"]
    text: str
    """The message, or what is to be done."""
    channel: str | None = None
    when: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer from the playbook (and the client's record); ``answered`` false = it is not there."""

    answer: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    answered: bool
    engine: str
    fallback: str | None = None
    """Why another engine than the one that was asked has answered."""
    offered: tuple[Offered, ...] = ()


REMEMBERED = 3
"""Exchanges of a conversation that a new question is told of."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer, as they were shown: what a conversation remembers."""

    question: str
    answer: str


class Watch(Protocol):
    """Who looks on while an engine writes: is shown what there is so far, and may stop it from another thread."""

    def wrote(self, text: str) -> None:
        """The text so far. It is not verified yet and must be shown as such."""
        ...

    @property
    def stopped(self) -> bool: ...

    def on_stop(self, call: Callable[[], None]) -> None:
        """Call this when the person stops it; at once where that has happened already."""
        ...


class Engine(Protocol):
    """What writes proposals: the offline composer, or a language model."""

    name: str

    def suggest(self, case: Case, watch: Watch | None = None) -> Suggestion: ...

    def ask(
        self, question: str, case: Case | None, *, today: date, lang: Lang, before: Sequence[Exchange] = (), watch: Watch | None = None
    ) -> Answer: ...

    def rewrite(self, draft: str, how: How, case: Case, watch: Watch | None = None) -> tuple[str, str | None]:
        """The draft made shorter, warmer or fit for an older client, and why another engine did it (``None`` = this one)."""
        ...
