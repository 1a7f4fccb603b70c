"""The chain: passages and facts → prompt → structured suggestion → checks → what passed, or the offline one.

What fails is sent back once with the reasons. Then the failing sentence is dropped and counted. Where no
point is left, the offline suggestion takes over and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from coach.assistant import grounding, guard
from coach.assistant.compose import MAX_CARE, MAX_POINTS, Draft, framed, from_playbook, nothing_allowed, written
from coach.assistant.courtesies import all_courtesies
from coach.assistant.engine import Case, Watch
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.material import Material, material
from coach.assistant.llm.prompts import Message, Prompt, prompt
from coach.assistant.llm.streamed import Shown
from coach.assistant.llm.writer import CITED, Writer, id_of
from coach.assistant.masking import MaskOf
from coach.assistant.offers import Offers, choose
from coach.assistant.records import dealings
from coach.assistant.verify import Checked, Flaw, Supports, Verifier, reasons
from coach.domain.suggestion import CareIdea, Grounding, Point, Suggestion
from coach.domain.words import Lang, pick

MAX_TOKENS = {"zh": 520, "en": 640}
REPAIR_TOKENS = {"zh": 320, "en": 400}
ENOUGH_POINTS = 3
"""Where fewer of the model's points passed, the playbook's own words fill up."""

SCHEMA: dict[str, Any] = {
    "title": "suggestion",
    "type": "object",
    "properties": {
        "points": {"type": "array", "items": CITED, "maxItems": 4},
        "care": {"type": "array", "items": CITED, "maxItems": 3},
        "message": {"type": "string"},
    },
    "required": ["points", "care", "message"],
    "additionalProperties": False,
}


@dataclass(slots=True)
class _Passed:
    """What passed the checks so far."""

    points: list[Checked] = field(default_factory=list)
    care: list[Checked] = field(default_factory=list)
    message: str = ""
    flaws: list[Flaw] = field(default_factory=list)

    def join(self, later: _Passed) -> None:
        """Add what the second try mended; its flaws replace the first one's."""
        for mine, theirs in ((self.points, later.points), (self.care, later.care)):
            known = {c.text for c in mine}
            mine += [c for c in theirs if c.text not in known]
        self.message = self.message or later.message
        self.flaws = later.flaws


class SuggestChain:
    """Writes suggestions. ``mask_of`` gives the mask for a client; ``support`` tells whether passages bear a claim."""

    def __init__(self, writer: Writer, support: Supports, mask_of: MaskOf) -> None:
        self.writer, self.support, self.mask_of = writer, support, mask_of
        self.name = f"llm:{writer.model}"

    def suggest(self, case: Case, watch: Watch | None = None) -> Suggestion:
        """A suggestion in verified words; where the model fails, the offline one with ``fallback`` saying why."""
        chosen = choose(case)
        if chosen.candidate is None:
            return nothing_allowed(case, chosen, "offline")
        offers = Offers(case, chosen.candidate, chosen.base)
        writing = _Writing(self, offers, watch)
        try:
            passed = writing.run()
        except Fault as fault:
            return from_playbook(offers, chosen, "offline", fault.line(case.lang))
        if not passed.points:
            zh, en = "模型写的要点没有一条通过核对", "none of the points that the model wrote passed the checks"
            return from_playbook(offers, chosen, "offline", pick(case.lang, zh, en))
        draft = _draft(passed, writing.given, offers)
        return framed(offers, chosen, draft, writing.counted(draft), self.name, None)


class _Writing:
    """One suggestion being written: asked for, held against the checks, sent back once."""

    def __init__(self, chain: SuggestChain, offers: Offers, watch: Watch | None) -> None:
        case = offers.case
        self.offers, self.lang, self._writer = offers, case.lang, chain.writer
        self.given: Material = material(offers)
        self._mask = chain.mask_of(case.client, case.lang)
        self._words: Prompt = prompt("suggest", case.lang)
        self._watch = Shown(watch, self._mask, case.lang) if watch else None
        self._checks = Verifier(
            lang=case.lang,
            today=case.today,
            given={o.passage.id: f"{o.passage.title}\n{o.passage.says}\n{o.text}" for o in self.given.offers},
            known=(self.given.facts, self.given.action),
            support=chain.support,
            rules=guard.word_rules(offers.base, case.rules),
            courtesies=all_courtesies(case.lang),
            values=offers.facts.telling,
            quoted=[o.text for o in self.given.offers],
            told=(
                *(o.text for o in self.given.offers if o.passage.kind == "message"),
                *dealings(case.client, case.today, case.lang),
            ),
        )

    def run(self) -> _Passed:
        """What passed, after one repair where something did not."""
        parts = {"passages": self.given.passages, "facts": self.given.facts, "action": self.given.action, "wanted": self.given.wanted}
        asked = self._words.messages({name: self._mask.hide(text) for name, text in parts.items()})
        passed, raw = self._ask("suggest", asked, MAX_TOKENS)
        if passed.flaws:
            self._mend(passed, [*asked, ("assistant", raw)])
        return passed

    def _ask(self, purpose: str, asked: Sequence[Message], most: dict[Lang, int]) -> tuple[_Passed, str]:
        made = self._writer.write(
            purpose, self._words.version, asked, SCHEMA, lang=self.lang, max_tokens=most[self.lang], watch=self._watch
        )
        passed = self._judged(made.value)
        self._writer.note(made, len(passed.flaws))
        return passed, made.raw

    def _mend(self, passed: _Passed, so_far: list[Message]) -> None:
        """Send the failing sentences back once. A fault here costs nothing that passed already."""
        told = self._mask.hide(reasons(passed.flaws[:8]))
        try:
            second, _ = self._ask("repair", [*so_far, self._words.again(told)], REPAIR_TOKENS)
        except Fault:
            if not passed.points:
                raise
        else:
            passed.join(second)

    def _judged(self, value: dict[str, Any]) -> _Passed:
        """The model's value held against the checks."""
        out = _Passed()
        ids = self.given.ids
        care_ids = {o.passage.id for o in self.given.offers if o.passage.kind == "care"}
        for kind, kept in (("points", out.points), ("care", out.care)):
            for item in value[kind]:
                cites = [id_of(number, ids) for number in item["cites"]]
                if kind == "care":
                    cites = [c for c in cites if c in care_ids or c not in self._checks.given]
                checked = self._checks.claim(self._mask.show(item["text"]), cites)
                out.flaws += checked.flaws
                if checked.text:
                    kept.append(checked)
        if value["message"].strip():
            message = self._checks.message(self._mask.show(value["message"]))
            out.flaws += message.flaws
            out.message = "" if message.flaws else message.text
        return out

    def counted(self, draft: Draft) -> Grounding:
        """The contract's figures, over what is shown: the playbook's own words as they are, the model's by the checks."""
        shown = draft.shown
        bad = sum(
            1 for text, cites in draft.claims
            if grounding.flaw_of(text, cites, shown, self.offers.facts) and self._checks.claim(text, cites).flaws
        )  # fmt: skip
        return Grounding(len(draft.claims), sum(1 for _, cites in draft.claims if cites), bad)


def _draft(passed: _Passed, given: Material, offers: Offers) -> Draft:
    """The model's words; the playbook's own where too few of them passed."""
    own, draft, by_id = written(offers), Draft(), given.by_id
    for c in passed.points[:MAX_POINTS]:
        draft.points.append(Point(c.text, draft.cite(*(by_id[i].passage for i in c.cites))))
    told = {i for p in draft.points for i in p.cites}
    for c in [c for c in passed.care if not set(c.cites) <= told][:MAX_CARE]:
        offer = by_id[c.cites[0]]
        draft.care.append(CareIdea(offer.passage.care or "care", c.text, draft.cite(*(by_id[i].passage for i in c.cites)), offer.cost_cap))
    said = {i for p in (*draft.points, *draft.care) for i in p.cites}
    for point in own.points:
        if len(draft.points) < ENOUGH_POINTS and not said & set(point.cites):
            draft.points.append(Point(point.text, draft.cite(*(own.used[i] for i in point.cites))))
    if not draft.care:
        draft.care = [CareIdea(c.kind, c.text, draft.cite(*(own.used[i] for i in c.cites)), c.cost_cap) for c in own.care]
    draft.message = passed.message or own.message
    draft.cite(*(p for p in own.used.values() if p.kind == "message"))
    draft.cautions = own.cautions
    return draft
