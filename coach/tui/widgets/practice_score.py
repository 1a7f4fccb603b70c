"""A score as lines to choose from and as the text about the line chosen; and what it says of each turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from coach.domain.words import Lang
from coach.tui.cites import Cites
from coach.tui.widgets.practice_talk import Note
from coach.tui.widgets.prose import Doc
from coach.tui.words import say
from coach.tui.wrap import cut, pad

if TYPE_CHECKING:
    from coach.practice.breaches import Violation
    from coach.practice.scoring import Criterion, Score
    from coach.services.practice import Attempt

WEAK, STRONG = 0.6, 0.85
"""As in :mod:`coach.practice.scoring`; the colours follow them."""


def colour(share: float) -> str:
    """Of a share of the points: red, plain, green."""
    return "error" if share < WEAK else "success" if share >= STRONG else "primary"


def bar(share: float, width: int) -> Content:
    """Coloured blanks, which every terminal draws one cell wide."""
    full = min(max(round(share * width), 1 if share > 0 else 0), width)
    return Content.styled(" " * full, f"on ${colour(share)}") + Content.styled(" " * (width - full), "on $surface-lighten-2")


def number(value: float) -> str:
    """7 or 7.5."""
    return f"{value:.1f}".removesuffix(".0")


def corrected(attempt: Attempt) -> dict[str, float]:
    """The newest correction of each criterion."""
    return {name: points for review in attempt.reviews for name, points in review.corrected.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the result: its key (``c:needs``, ``v:0``, ``n:0``, ``weakest``, ``r:0``, ``who``) and what it shows."""

    key: str
    shown: Content
    turn: int = 0
    """The turn that it is about, 0 = none."""


def lines(attempt: Attempt, names: Mapping[str, str], lang: Lang, *, head: int, width: int) -> list[Line]:
    """Breaches first and in red, the ten criteria, the weakest turn, cautions, reviews, who the client was.

    ``names``: of the criteria and of the rules; ``head``: cells of a criterion's name; ``width``: of the line.
    """
    score, found = attempt.score, []
    if score is None:
        return [Line("who", Content(say("practice.result.persona", lang)))]
    for at, broken in enumerate(score.violations):
        found.append(_rule_line(f"v:{at}", "practice.result.violation", "bold $text-error", broken, names, lang, width))
    by_hand = corrected(attempt)
    figures = [f"{number(c.score)}/{c.max}" + (f" ({number(by_hand[c.id])})" if c.id in by_hand else "") for c in score.criteria]
    tail = max(len(figure) for figure in figures)
    for line, figure in zip(score.criteria, figures, strict=True):
        share = line.score / line.max if line.max else 1.0
        room = max(width - head - tail - 2, 4)
        shown = Content(pad(names.get(line.id, line.id), head) + " ") + bar(share, room) + Content(" " + figure.rjust(tail))
        found.append(Line(f"c:{line.id}", shown, _turn_of(line)))
    if score.weakest is not None:
        told = f"{say('practice.result.weakest', lang)}  {say('practice.turn', lang, n=score.weakest.turn)}"
        found.append(Line("weakest", Content.styled(cut(told, width), "bold $text-warning"), score.weakest.turn))
    for at, near in enumerate(score.cautions):
        found.append(_rule_line(f"n:{at}", "practice.result.caution", "$text-warning", near, names, lang, width))
    for at, review in enumerate(attempt.reviews):
        told = cut(say("practice.result.review.by", lang, name=review.by_name), width)
        found.append(Line(f"r:{at}", Content.styled(told, "bold $text-accent")))
    found.append(Line("who", Content.styled(say("practice.result.persona", lang), "$text-muted")))
    return found


def _turn_of(line: Criterion) -> int:
    return line.evidence[0].turn if line.evidence else 0


def _rule_line(key: str, what: str, style: str, found: Violation, names: Mapping[str, str], lang: Lang, width: int) -> Line:
    """«违规 第6句「保本」 收益话术的红线»: the words first, for one turn may break a rule more than once."""
    told = f"{say(what, lang)} {say('practice.turn', lang, n=found.turn)}{quote(found.quote, lang)} {rule_name(found.rule, names)}"
    return Line(key, Content.styled(cut(told, width), style), found.turn)


def rule_name(rule: str, names: Mapping[str, str]) -> str:
    """A rule's topic by its card's title (``compliance.promise.figure`` → «承诺收益»); the rule itself where there is no card."""
    parts = rule.split(".")
    return next((names[key] for n in range(len(parts), 0, -1) if (key := ".".join(parts[:n])) in names), rule)


def detail(attempt: Attempt, key: str, names: Mapping[str, str], cites: Cites, lang: Lang) -> Doc:
    """Everything about one line."""
    doc, score = Doc(), attempt.score
    kind, _, name = key.partition(":")
    if kind == "who" or score is None:
        return _persona(doc, attempt, lang)
    if kind in ("v", "n"):
        found = (score.violations if kind == "v" else score.cautions)[int(name)]
        style = "bold $text-error" if kind == "v" else "bold $text-warning"
        doc.add((rule_name(found.rule, names), style), (f"  {found.rule}", "$text-muted"))
        doc.add(turn_link(found.turn, lang), (quote(found.quote, lang), "italic"), hang=2)
        doc.gap().add(found.text, cites.marks(found.cites))
        if kind == "v":
            doc.gap().add((say("practice.result.violations", lang, n=len(score.violations)), "$text-error"))
    elif kind == "weakest" and (better := score.weakest) is not None:
        doc.add((f"{say('practice.result.said', lang)}  ", "bold $primary"), turn_link(better.turn, lang), (better.quote, "italic"), hang=2)
        doc.gap().add((f"{say('practice.result.better', lang)}  ", "bold $text-success"), better.say, hang=2)
        doc.gap().add(better.why, cites.marks(better.cites))
    elif kind == "r":
        review = attempt.reviews[int(name)]
        by = say("practice.result.review.by", lang, name=review.by_name)
        doc.add((by, "bold $text-accent"), (f"  {review.at:%Y-%m-%d %H:%M}", "$text-muted"))
        doc.add(review.comment or "—")
        for line in score.criteria:
            if line.id in review.corrected:
                told = say("practice.result.machine", lang, a=f"{number(line.score)}/{line.max}", b=number(review.corrected[line.id]))
                doc.add((f"{names.get(line.id, line.id)}  ", "bold"), told)
    elif kind == "c":
        line = next(line for line in score.criteria if line.id == name)
        _criterion(doc, line, attempt, names, cites, lang)
    return doc


def _criterion(doc: Doc, line: Criterion, attempt: Attempt, names: Mapping[str, str], cites: Cites, lang: Lang) -> None:
    share = line.score / line.max if line.max else 1.0
    doc.add((names.get(line.id, line.id), "bold $primary"), (f"  {number(line.score)}/{line.max}", f"bold $text-{colour(share)}"))
    by_hand = corrected(attempt)
    if line.id in by_hand:
        doc.add((say("practice.result.machine", lang, a=f"{number(line.score)}/{line.max}", b=number(by_hand[line.id])), "$text-accent"))
    doc.add((f"{say('practice.result.advice', lang)}  ", "bold $primary"), line.advice, cites.marks(line.cites), hang=2)
    if line.evidence:
        doc.add((say("practice.result.evidence", lang), "bold $primary"))
    else:
        doc.add((say("practice.result.no_evidence", lang), "$text-muted"))
    for proof in line.evidence:
        doc.add(turn_link(proof.turn, lang), (quote(proof.quote, lang), "italic"), hang=2)


def _persona(doc: Doc, attempt: Attempt, lang: Lang) -> Doc:
    if attempt.played is None:
        return doc
    words = attempt.played.words(attempt.lang)
    doc.add((words.name, "bold $primary")).add(words.persona).gap()
    doc.add((f"{say('practice.talk.goal', lang)}  ", "bold $primary"), words.goal, hang=2)
    return doc


def quote(text: str, lang: Lang) -> str:
    return f"「{text}」" if lang == "zh" else f"“{text}”"


def turn_link(turn: int, lang: Lang) -> Content:
    """«第5句 », a link that jumps there."""
    told = say("practice.turn", lang, n=turn)
    return Content.styled(told, "$text-accent").stylize(f"@click=screen.jump({turn})") + Content(" ")


def notes(score: Score | None, names: Mapping[str, str], lang: Lang) -> dict[int, Note]:
    """What the score says of each turn: breaches in red, what it counted for, a better sentence."""
    found: dict[int, Note] = {}
    if score is None:
        return found
    counted: dict[int, list[str]] = {}
    for line in score.criteria:
        for proof in line.evidence:
            note = found.setdefault(proof.turn, Note())
            note.quotes.append((proof.quote, "underline"))
            told = counted.setdefault(proof.turn, [])
            if (name := names.get(line.id, line.id)) not in told:
                told.append(name)
    for turn, listed in counted.items():
        found[turn].lines.append((" · ".join(listed), "$text-muted"))
    for broken, what, style in (
        *((v, "practice.result.violation", "$text-error") for v in score.violations),
        *((v, "practice.result.caution", "$text-warning") for v in score.cautions),
    ):
        note = found.setdefault(broken.turn, Note())
        note.quotes.append((broken.quote, f"bold {style}"))
        told = f"{say(what, lang)}  {rule_name(broken.rule, names)}", f"bold {style}"
        if told not in note.lines:
            note.lines.insert(0, told)
    if score.weakest is not None:
        note = found.setdefault(score.weakest.turn, Note())
        note.lines.append((f"{say('practice.result.better', lang)}  {score.weakest.say}", "$text-success"))
    return found

