"""The playbook's plays as the rules want them (:mod:`coach.domain.plays`)."""

from __future__ import annotations

from coach.domain.plays import Play, Step
from coach.playbook.cards import Playbook


def plays_of(playbook: Playbook) -> dict[str, Play]:
    """Play id → structure, in the playbook's order. Structure is the same in both languages."""
    return {
        card.id: Play(
            id=card.id, pace=card.pace, signals=card.signals,
            steps=tuple(Step(p.name, p.offset or 0, p.channel or "message", p.purpose, p.signals) for p in card.of("step")),
        )
        for card in playbook.in_order("zh") if card.kind == "play"
    }
