"""What one suggestion or one answer is worth, held against its case. Pure: what is to be looked up comes in with :class:`Seen`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from coach.assistant.engine import Answer
from coach.assistant.llm.ledger import Call
from coach.domain.quantities import quantities, unfounded
from coach.domain.suggestion import Suggestion
from coach.domain.words import Lang
from coach.services.evaluation_cases import ClientCase, QuestionCase, Wanted


@dataclass(frozen=True, slots=True)
class Seen:
    """What judging needs to know besides the case and what was said."""

    ids: Collection[str]
    """Every id that may be cited: the playbook's passages in the language, and this client's records."""
    facts: Sequence[str] = ()
    """Texts in which a figure about the client may stand."""
    check: Callable[[str, str], Iterable[str]] = lambda text, channel: ()
    """Text and channel (``message``, or ``visit`` for what is spoken) → the compliance rules that block it."""


@dataclass(slots=True)
class Outcome:
    """One case after one engine. A share of which ``…_of`` is 0 has nothing to be counted."""

    id: str
    question: bool
    ms: float = 0.0
    right: bool = False
    """The play (no contact where none is allowed), or for a question: answered or refused as wanted, from a right passage."""
    wanted: bool = True
    """Questions: whether an answer is wanted at all."""
    channel_right: bool | None = None
    caution_raised: bool | None = None
    points_met: int = 0
    points_of: int = 0
    cites_valid: int = 0
    cites_of: int = 0
    claims: int = 0
    unsupported: int = 0
    violations: int = 0
    forbidden: int = 0
    fallback: str | None = None
    calls: tuple[Call, ...] = ()
    faults: list[tuple[str, str]] = field(default_factory=list)
    """What went wrong: the figure that it counts in, and the words."""


def judge_suggestion(case: ClientCase, made: Suggestion, seen: Seen) -> Outcome:
    """A suggestion against its case. See :class:`~coach.services.evaluation.Figures` for what each count means."""
    out = Outcome(case.id, False, fallback=made.fallback)
    spoken = [p.text for p in made.talking_points] + [c.text for c in made.care_ideas]
    shown = [*spoken, *([made.message_draft] if made.message_draft else [])]
    _plays(case, made, shown, out)
    quotes = {c.id: c.quote for c in made.citations}
    claims = [(p.text, p.cites) for p in made.talking_points] + [(c.text, c.cites) for c in made.care_ideas]
    _claims(claims, quotes, seen, case, out)
    if made.message_draft and (odd := unfounded(made.message_draft, [*seen.facts, *quotes.values()], case.lang, case.on)):
        out.unsupported += 1
        out.faults.append(("unsupported", f"{odd[0]} in the message"))
    if (more := made.grounding.unsupported - out.unsupported) > 0:
        out.unsupported += more
        out.faults.append(("unsupported", f"{more} more by the engine's own count"))
    channels = ["visit"] * len(spoken) + ["message"] * (len(shown) - len(spoken))
    _violations(zip(shown, channels, strict=True), case.forbidden, seen, out)
    for wanted in case.points:
        out.points_of += 1
        if met(wanted, shown, quotes, case):
            out.points_met += 1
        else:
            out.faults.append(("point", str(wanted)))
    if case.caution is not None:
        out.caution_raised = any(c.rule == case.caution for c in made.cautions)
        if not out.caution_raised:
            out.faults.append(("caution", f"{case.caution} was not raised"))
    return out


def _plays(case: ClientCase, made: Suggestion, shown: list[str], out: Outcome) -> None:
    if case.play is None:
        out.right = made.next_action is None and not shown
        if not out.right:
            out.faults.append(("play", f"no contact is allowed, and {made.play} was proposed"))
        return
    out.right = made.next_action is not None and made.play == case.play
    if not out.right:
        out.faults.append(("play", f"{made.play if made.next_action else 'no contact'} in place of {case.play}"))
    if case.channel is not None:
        channel = made.next_action.channel if made.next_action else None
        out.channel_right = channel == case.channel
        if not out.channel_right:
            out.faults.append(("channel", f"{channel} in place of {case.channel}"))


def judge_answer(case: QuestionCase, told: Answer, seen: Seen) -> Outcome:
    """An answer against its question. What stands word for word in a cited passage is the playbook's own, told to staff; the rules
    are held against the rest, and the case's forbidden patterns against all of it."""
    out = Outcome(case.id, True, wanted=case.answered, fallback=told.fallback)
    quotes = {c.id: c.quote for c in told.citations}
    cited = {cite for sentence in told.answer for cite in sentence.cites}
    if told.answered:
        claims = [(s.text, s.cites) for s in told.answer]
        _claims(claims, quotes, Seen(seen.ids, [*seen.facts, case.question]), case, out)

    def check(text: str, channel: str) -> Iterable[str]:
        return () if any(text in quote for quote in quotes.values()) else seen.check(text, channel)

    _violations(((s.text, "visit") for s in told.answer), case.forbidden, Seen(seen.ids, seen.facts, check), out)
    if told.answered != case.answered:
        out.faults.append(("answer", "answered, though it is not there" if told.answered else "said not to be there, though it is"))
    elif case.answered and case.passages and not any(stands_under(cite, wanted) for cite in cited for wanted in case.passages):
        out.faults.append(("answer", f"cites {', '.join(sorted(cited)) or 'nothing'}, none of {', '.join(case.passages)}"))
    else:
        out.right = True
    return out


def stands_under(cite: str, wanted: str) -> bool:
    """Whether a cited id is the wanted one, or stands under a wanted topic or kind of record."""
    return cite == wanted or cite.startswith(wanted + "/")


def _claims(
    claims: Sequence[tuple[str, Sequence[str]]], quotes: dict[str, str], seen: Seen, case: ClientCase | QuestionCase, out: Outcome
) -> None:
    for text, cites in claims:
        out.claims += 1
        valid = [c for c in cites if c in quotes and c in seen.ids]
        out.cites_of += len(cites)
        out.cites_valid += len(valid)
        if bad := sorted(set(cites) - set(valid)):
            out.faults.append(("cites", f"{bad[0]} is {'no passage' if bad[0] in quotes else 'not among the citations'}"))
        odd = unfounded(text, [*seen.facts, *(quotes[c] for c in valid)], case.lang, case.on)
        if not valid or odd:
            out.unsupported += 1
            out.faults.append(("unsupported", f"{odd[0] if odd else 'cites nothing'}: {text[:60]}"))


def _violations(shown: Iterable[tuple[str, str]], forbidden: Sequence[re.Pattern[str]], seen: Seen, out: Outcome) -> None:
    for text, channel in shown:
        for rule in seen.check(text, channel):
            out.violations += 1
            out.faults.append(("violation", f"{rule}: {text[:60]}"))
        for pattern in forbidden:
            if found := pattern.search(text):
                out.violations, out.forbidden = out.violations + 1, out.forbidden + 1
                out.faults.append(("violation", f"{found[0]!r} must not be said: {text[:60]}"))


def met(wanted: Wanted, shown: Sequence[str], cited: Collection[str], case: ClientCase) -> bool:
    """Whether a required point is there. Letters' case and spaces do not count; a lone figure is found however it is written."""
    if wanted.kind == "passage":
        return any(stands_under(cite, word) for cite in cited for word in wanted.of)
    texts = [_bare(text) for text in shown]
    if any(_bare(word) in text for word in wanted.of for text in texts):
        return True
    return wanted.kind == "fact" and any(_is_figure(w, case.lang) and not unfounded(w, shown, case.lang, case.on) for w in wanted.of)


def _is_figure(text: str, lang: Lang) -> bool:
    """Whether the text is one figure and nothing else: 48万元, 11月27日; but not 三年期定期存款."""
    found = quantities(text, lang)
    return len(found) == 1 and found[0].text == text.strip()


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()
