"""How a contact ended: the words on the buttons, and which of them mean that the client was talked to."""

from __future__ import annotations

from coach.domain.words import LANGS, Lang

OUTCOMES: dict[str, tuple[str, str, bool]] = {
    "reached": ("已沟通", "Talked", True),
    "appointment": ("已约时间", "Appointment made", True),
    "agreed": ("有意向", "Agreed", True),
    "done": ("已办理", "Done", True),
    "replied": ("已回复", "Replied", True),
    "sent": ("已发送", "Sent", False),
    "no_answer": ("未接通", "No answer", False),
    "refused": ("婉拒", "Declined", True),
    "hung_up": ("挂断", "Hung up", False),
}
"""Outcome → (Chinese, English, effective). ``effective`` = the client was reached and talked (contract)."""


def outcome_label(outcome: str | None, lang: Lang) -> str:
    """The outcome's reading; any other text stands for itself."""
    if outcome is None:
        return ""
    known = OUTCOMES.get(outcome)
    return known[LANGS.index(lang)] if known else outcome


def outcome_of(text: str) -> str:
    """The outcome that a word names, in either language; any other text is kept as it is."""
    wanted = text.strip().lower()
    for outcome, (zh, en, _) in OUTCOMES.items():
        if wanted in (outcome, zh, en.lower()):
            return outcome
    return text.strip()


def is_effective(outcome: str) -> bool:
    """Whether an outcome by itself means that the client was talked to."""
    return outcome in OUTCOMES and OUTCOMES[outcome][2]
