"""What playing and scoring need besides the scenario."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coach.domain.compliance_rules import RulePack
from coach.domain.policy import Policy
from coach.playbook.cards import Playbook
from coach.practice.kit import Kit
from coach.practice.likeness import Likeness


@dataclass(frozen=True, slots=True)
class Bench:
    """The common words, the comparer, the branch's rules and method, and the day of practice."""

    kit: Kit
    likeness: Likeness
    rules: RulePack
    policy: Policy
    playbook: Playbook
    today: date
