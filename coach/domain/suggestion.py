"""The suggestion: what the assistant proposes for a client on a date (contract, section 3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """A talking point and the passages that say so."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CareIdea:
    """Something to care, help or give; ``cost_cap`` in yuan, ``None`` where it costs nothing."""

    kind: str
    text: str
    cites: tuple[str, ...]
    cost_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One step ahead: when, by which channel, to what end."""

    when: date
    channel: str
    goal: str


@dataclass(frozen=True, slots=True)
class NextAction:
    channel: str
    when: date
    goal: str
    then: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class CautionNote:
    rule: str
    severity: str
    text: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    id: str
    topic: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A signal with the evidence as it goes out (yuan, ISO dates)."""

    signal: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grounding:
    """Claims counted, how many cite a passage, how many are not supported by what they cite."""

    claims: int = 0
    cited: int = 0
    unsupported: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal; a person decides. Never changed afterwards."""

    suggestion_no: str
    client_no: str
    date: date
    engine: str
    fallback: str | None
    play: str | None
    because: tuple[Reason, ...]
    next_action: NextAction | None
    talking_points: tuple[Point, ...]
    care_ideas: tuple[CareIdea, ...]
    message_draft: str
    cautions: tuple[CautionNote, ...]
    citations: tuple[Citation, ...]
    grounding: Grounding = field(default_factory=Grounding)

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON value, keys in its order."""
        return plain(asdict(self))


def plain(value: Any) -> Any:
    """Dates as ISO text and tuples as lists, all the way down."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
