"""The review queue's lines: flag, when, who, client, what was done, play, how far the review is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from coach.domain.outcomes import outcome_label
from coach.domain.review import Kind
from coach.domain.words import Lang, Severity, label
from coach.tui.widgets.prose import Doc
from coach.tui.words import TEXTS, say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.domain.review import Flag
    from coach.services.review import Line

_WHEN = 11
_MARK: dict[Lang, int] = {"zh": 9, "en": 10}
_STATE: dict[Lang, int] = {"zh": 7, "en": 9}
ROOMY = 100
"""From so many cells on the play has a column."""


@dataclass(frozen=True, slots=True)
class Told:
    """A flag in words: its name, what it saw in a few words and in a sentence, what to ask first."""

    name: str
    brief: str
    text: str
    ask: str


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called in one language."""

    plays: Mapping[str, str]
    """Plays and practice scenarios."""
    marks: Mapping[str, str]
    """Flags, in short."""
    told: Mapping[str, Told]
    """By a flag's id."""


def widths(lang: Lang, width: int) -> tuple[int, int, int, int]:
    """Cells of who, client, what and play (0 = no column)."""
    left = width - _MARK[lang] - _WHEN - _STATE[lang] - 3
    if width < ROOMY:
        who = client = max(left // 4, 8)
        return who, client, max(left - who - client - 3, 6), 0
    who, client, what = left // 6, left // 6, left // 4
    return who, client, what, max(left - who - client - what - 4, 8)


def heading(lang: Lang, width: int) -> Content:
    """The columns' names."""
    who, client, what, play = widths(lang, width)
    cells = [
        pad(say("review.col.mark", lang), _MARK[lang]), pad(say("review.col.when", lang), _WHEN), pad(say("review.col.who", lang), who),
        pad(say("review.col.client", lang), client), pad(say("review.col.what", lang), what),
        *([pad(say("review.col.play", lang), play)] if play else []), pad(say("review.col.state", lang), _STATE[lang]),
    ]  # fmt: skip
    return Content.styled(" ".join(cells), "bold $text-muted")


def row(line: Line, names: Names, lang: Lang, width: int) -> Content:
    """One line, every cell in its column."""
    who, client, what, play = widths(lang, width)
    item = line.item
    blocked = any(flag.severity == Severity.BLOCK for flag in item.flags)
    mark = " ".join(dict.fromkeys(names.marks.get(flag.rule, flag.rule) for flag in item.flags)) or say("review.sampled", lang)
    style = "bold $text-error" if blocked else "$text-warning" if item.flags else "$text-muted"
    cells = [
        Content.styled(pad(mark, _MARK[lang]), style), Content(pad(f"{item.at:%m-%d %H:%M}".removesuffix(" 00:00"), _WHEN)),
        Content(pad(line.staff_name, who)), Content(pad(_client(line, lang), client)), Content(pad(what_was(line, names, lang), what)),
        *([Content.styled(pad(names.plays.get(item.play or "", item.play or "-"), play), "$text-muted")] if play else []),
        _state(line, lang),
    ]  # fmt: skip
    return Content(" ").join(cells)


def _client(line: Line, lang: Lang) -> str:
    if line.client_name:
        return line.client_name
    several = line.item.flags[0].evidence.get("clients") if line.item.kind is Kind.FLAG else None
    return say("review.several", lang, n=several) if several else "-"


def what_was(line: Line, names: Names, lang: Lang) -> str:
    """«电话 已沟通», «练习 64», or what a flag saw."""
    item = line.item
    if item.kind is Kind.FLAG:
        return names.told[item.subject].brief if item.subject in names.told else ""
    if item.kind is Kind.PRACTICE:
        return f"{say('review.practice', lang)} {item.score:g}" if item.score is not None else say("review.practice", lang)
    how = f"review.how.{item.gist}"
    did = say(how, lang) if how in TEXTS else outcome_label(item.gist, lang)
    return " ".join(word for word in (label(item.channel, lang) if item.channel else "", did) if word)


def _state(line: Line, lang: Lang) -> Content:
    state, wide = line.state, _STATE[lang]
    if state.signed_off:
        return Content.styled(pad(say("review.state.signed", lang), wide), "$text-success")
    if state.answered:
        return Content.styled(pad(say("review.state.answered", lang), wide), "bold $text-accent")
    if state.comments:
        return Content.styled(pad(say("review.state.comments", lang, n=len(state.comments)), wide), "$text-accent")
    score = line.state.rated.score if line.state.rated else None
    return Content(pad("" if score is None else f"{score:g}", wide))


def about_doc(line: Line, names: Names, lang: Lang) -> Doc:
    """Below the list: what the flags on the line under the cursor saw."""
    doc, play = Doc(), line.item.play or ""
    for flag in line.item.flags:
        flag_lines(doc, flag, names, lang)
    if not line.item.flags:
        said = [what_was(line, names, lang), names.plays.get(play, play), line.item.engine or ""]
        doc.add((" · ".join(word for word in said if word), "$text-muted"))
    return doc


def flag_lines(doc: Doc, flag: Flag, names: Names, lang: Lang) -> None:
    """A flag's name and what it saw, and what to ask first."""
    if flag.id not in names.told:
        return
    told = names.told[flag.id]
    doc.add((f"{told.name}  ", "bold $text-error" if flag.severity == Severity.BLOCK else "bold $text-warning"), told.text, hang=2)
    doc.add((f"{say('review.ask', lang)}  ", "$text-muted"), told.ask, hang=2)
