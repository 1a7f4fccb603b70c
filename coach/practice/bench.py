"""What playing and scoring need besides the scenario."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from coach.domain.compliance_rules import RulePack
from coach.domain.policy import Policy
from coach.domain.words import Lang
from coach.playbook.cards import Playbook
from coach.practice.kit import Kit
from coach.practice.likeness import Likeness
from coach.practice.moves import Recogniser


@dataclass(frozen=True)
class Bench:
    """The common words, the comparer, the branch's rules and method, and the day of practice."""

    kit: Kit
    likeness: Likeness
    rules: RulePack
    policy: Policy
    playbook: Playbook
    today: date
    _recognisers: dict[Lang, Recogniser] = field(default_factory=dict, repr=False)

    def recogniser(self, lang: Lang) -> Recogniser:
        """What recognises a trainee's moves; it learns its examples once."""
        if lang not in self._recognisers:
            self._recognisers[lang] = Recogniser(self.kit.words(lang), lang, self.likeness)
        return self._recognisers[lang]
