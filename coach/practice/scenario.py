"""What a scenario file holds, as checked values. The format is described in ``knowledge/README.md``.

A scenario's structure stands once; its words stand in ``[zh]`` and ``[en]`` of the same file, so that a branch
can pass it on as one piece. A branch's own scenario may have one language only.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from coach.domain.words import Channel, Lang, ProductType, Stage, Tier

Move = Literal[
    "greet", "identify", "reason", "ask", "listen", "empathise", "apologise", "explain", "offer_value", "pitch", "push", "promise",
    "pressure", "next_step", "close", "insult", "instruct",
]  # fmt: skip
"""What a trainee's sentence does in a talk."""
CriterionId = Literal[
    "opening", "reason", "needs", "listening", "value_first", "suitability", "objection", "compliance", "next_step", "tone"
]  # fmt: skip
Temper = Literal["brisk", "warm", "wary", "elderly"]
EndingId = Literal["agreed", "thinking", "refused", "hung_up"]
RiskLevel = Annotated[str, Field(pattern=r"^C[1-5]$")]
ProductRisk = Annotated[str, Field(pattern=r"^R[1-5]$")]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Level = Annotated[float, Field(ge=0, le=10)]
Said = Annotated[tuple[Text, ...], Field(min_length=2)]
"""Ways in which the client may say it: two or more, so that nothing is said twice running."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Held(_Part):
    """Something that the client holds; amounts in yuan."""

    product_type: ProductType
    amount: Annotated[int, Field(gt=0)]
    matures_in: int | None = None
    """Days from the day of practice; negative: that many days ago."""
    risk: ProductRisk | None = None


class Sheet(_Part):
    """What the bank's records say of the client: the trainee may read it."""

    gender: Literal["f", "m"]
    age: Annotated[int, Field(ge=18, le=100)]
    stage: Stage
    tier: Tier
    risk_level: RiskLevel | None = None
    assessed_days_ago: Annotated[int, Field(ge=0)] | None = None
    marketing_consent: bool = False
    assets: Annotated[int, Field(ge=0)]
    holdings: tuple[Held, ...] = ()

    def born(self, today: date) -> date:
        """A birthday that makes the client as old as the sheet says."""
        return (today - timedelta(days=round(self.age * 365.25) + 40)).replace(day=15)

    def assessed_on(self, today: date) -> date | None:
        return None if self.assessed_days_ago is None else today - timedelta(days=self.assessed_days_ago)


class State(_Part):
    trust: Level
    patience: Annotated[float, Field(gt=0, le=10)]


class Fact(_Part):
    """What the client knows, wants or hides; told from a trust on, and only when asked."""

    id: Name
    kind: Literal["knows", "wants", "hides"]
    trust: Level = 0
    key: bool = False


class Objection(_Part):
    id: Name
    turn: Annotated[int, Field(ge=1)]
    on: tuple[Move, ...] = ()
    soothes: Annotated[tuple[Move, ...], Field(min_length=1)]
    angers: tuple[Move, ...] = ()


class Point(_Part):
    """What a good conversation says in this scenario (or, as a trap, must not fall into)."""

    id: Name
    criterion: CriterionId
    cites: Annotated[tuple[Text, ...], Field(min_length=1)]


class Reached(_Part):
    """What must be true for an ending."""

    trust: Level
    facts: tuple[Name, ...] = ()


class Endings(_Part):
    """Whatever falls short of ``thinking`` ends as refused; patience used up as hung up."""

    agreed: Reached
    thinking: Reached


class FactWords(_Part):
    tells: Said
    dodges: tuple[Text, ...] = ()
    asked: Annotated[tuple[Text, ...], Field(min_length=5)]
    signs: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Words by which it is known that the client has told it."""


class ObjectionWords(_Part):
    says: Said
    soothed: Said
    angered: Said
    signs: Annotated[tuple[Text, ...], Field(min_length=1)]
    like: Annotated[tuple[Text, ...], Field(min_length=4)]


class PointWords(_Part):
    advice: Text
    say: Text
    like: Annotated[tuple[Text, ...], Field(min_length=5)]


class TrapWords(_Part):
    advice: Text
    like: Annotated[tuple[Text, ...], Field(min_length=4)]


class EndingWords(_Part):
    agreed: Said
    thinking: Said
    refused: Said
    hung_up: Said


class Words(_Part):
    """A scenario in one language."""

    title: Text
    name: Text
    call_name: Text
    situation: Text
    goal: Text
    persona: Text
    """Never shown to the trainee before the end."""
    opening: tuple[Text, ...] = ()
    facts: dict[Name, FactWords]
    objections: dict[Name, ObjectionWords]
    points: dict[Name, PointWords]
    traps: dict[Name, TrapWords] = {}
    replies: dict[Move, Said] = {}
    endings: EndingWords


class Scenario(_Part):
    """One scenario, its structure and its words."""

    id: Name
    topic: Text
    difficulty: Annotated[int, Field(ge=1, le=3)]
    channel: Channel
    turns: Annotated[int, Field(ge=4, le=30)]
    minutes: Annotated[int, Field(ge=0, le=60)] = 0
    temper: Temper
    client: Sheet
    state: State
    facts: Annotated[tuple[Fact, ...], Field(min_length=1)]
    objections: Annotated[tuple[Objection, ...], Field(min_length=1)]
    points: Annotated[tuple[Point, ...], Field(min_length=2)]
    traps: tuple[Point, ...] = ()
    endings: Endings
    rubric: dict[CriterionId, Annotated[int, Field(ge=0, le=100)]]
    zh: Words | None = None
    en: Words | None = None

    def words(self, lang: Lang) -> Words:
        """The words in a language, or in the one language that there is."""
        own, other = (self.zh, self.en) if lang == "zh" else (self.en, self.zh)
        found = own or other
        assert found is not None, "a scenario that was read has words"
        return found

    def lang(self, wanted: Lang) -> Lang:
        """The language in which it is played when ``wanted`` is asked for."""
        if getattr(self, wanted) is not None:
            return wanted
        return "en" if wanted == "zh" else "zh"

    @property
    def key_facts(self) -> tuple[str, ...]:
        return tuple(fact.id for fact in self.facts if fact.key)
