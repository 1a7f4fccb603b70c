"""A card of the playbook as a page to read: its passages by kind, slots as labels, each with its source."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from coach.domain.slots import labelled
from coach.domain.words import Lang, label, pick
from coach.tui.sources import sources_text
from coach.tui.widgets.prose import Doc
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.playbook.cards import Card, Passage

KINDS = ("about", "step", "prepare", "opening", "point", "message", "objection", "care", "never")
"""The order in which a reader needs them."""

BLOCKS = (
    ("recognition", ("mindset",)), ("allocation", ("allocate", "tier")), ("stages", ("stage", "care")), ("activation", ("revive",)),
    ("support", ("support",)), ("compliance", ("compliance",)),
)


def block_of(topic: str) -> str:
    """The block of the playbook that a topic belongs to; ``own`` for a topic that the branch added."""
    family = topic.partition(".")[0]
    return next((block for block, families in BLOCKS if family in families), "own")


def card_doc(card: Card, lang: Lang, title_of: Callable[[str], str], marked: str = "") -> Doc:
    """The whole card; the passage ``marked`` is set off. Every passage's id is an anchor."""
    doc = Doc().add((card.title, "bold $primary"), (f"   {card.id}", "$text-muted"))
    doc.add(card.summary)
    for kind in KINDS:
        passages = card.of(kind)  # type: ignore[arg-type]
        if kind == "step":
            passages = tuple(sorted(passages, key=lambda p: (sorted(p.signals), p.offset or 0)))
        if passages:
            doc.head(say(f"book.kind.{kind}", lang))
        for passage in passages:
            _passage(doc, passage, lang, title_of, passage.id == marked)
    return doc


def _passage(doc: Doc, p: Passage, lang: Lang, title_of: Callable[[str], str], marked: bool) -> None:
    doc.anchor(p.id)
    title = labelled(p.title, lang)
    doc.add((f" {title} " if marked else title, "bold reverse" if marked else "bold"), (f"  {_when(p, lang)}".rstrip(), "$text-accent"))
    if p.goal:
        doc.add((f"{say('book.goal', lang)}  ", "$text-muted"), labelled(p.goal, lang), hang=2)
    doc.add(p.shown)
    told = sources_text(p.sources, lang, title_of)
    terms = _for(p, lang)
    doc.add((told + (pick(lang, "；", "; ") if terms and told else "") + terms, "$text-muted"))
    doc.gap()


def _when(p: Passage, lang: Lang) -> str:
    parts = []
    if p.offset is not None:
        parts.append(say("book.day", lang, n=p.offset))
    if p.channel:
        parts.append(label(p.channel, lang))
    if p.care:
        parts.append(label(p.care, lang))
    if p.cost_cap:
        parts.append(say("client.cost", lang, n=p.cost_cap))
    return " · ".join(parts)


def _for(p: Passage, lang: Lang) -> str:
    """For which signals, stages and tiers, where it is not for all."""
    words = [label(word, lang) for words in (sorted(p.signals), sorted(p.stages), sorted(p.tiers)) for word in words]
    return f"{say('book.for', lang)} {pick(lang, '、', ', ').join(words)}" if words else ""
