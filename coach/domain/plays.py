"""The structure of plays as the rules see it: which signal calls for which play, and its steps.

The playbook (``knowledge/plays``) fills these; the rules never name a play or a step themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a play."""

    name: str
    offset: int
    """Calendar days from the anchor (see :class:`Play`)."""
    channel: str
    purpose: str
    signals: frozenset[str]
    """Signals for which the step is meant; empty = all of the play's."""


@dataclass(frozen=True, slots=True)
class Play:
    """A play's triggers and steps.

    ``pace`` "anchor": offsets count from the signal's date (negative = before); the step in force is
    the last one whose day has come. "chain": offsets count from the day on which the first step was
    done, and a step is due only when the one before it was done.
    """

    id: str
    pace: Literal["anchor", "chain"]
    signals: Mapping[str, frozenset[str]]
    """Signal → stages in which it calls for this play; an empty set = every stage."""
    steps: tuple[Step, ...]

    def steps_for(self, signal: str) -> tuple[Step, ...]:
        """The steps meant for a signal, by offset. ``follow_up`` may continue with any step."""
        return tuple(s for s in self.steps if not s.signals or signal in s.signals or signal == "follow_up")


def play_for(plays: Mapping[str, Play], signal: str, stage: str) -> str | None:
    """The play that a signal calls for at a stage; ``None`` where no card claims it."""
    return next((p.id for p in plays.values() if signal in p.signals and (not p.signals[signal] or stage in p.signals[signal])), None)
