"""A message made shorter, warmer or fit for an older client, without a model: courtesy goes or comes, content stays."""

from __future__ import annotations

from typing import Literal, get_args

from coach.assistant.courtesies import courtesies
from coach.assistant.grounding import pieces
from coach.assistant.verify import sentences
from coach.domain.quantities import quantities
from coach.domain.words import Lang, pick

How = Literal["shorter", "warmer", "older"]
HOWS: tuple[How, ...] = get_args(How)
ASKED: dict[How, tuple[str, str]] = {
    "shorter": ("更短，只留要紧的一两句，不超过原文一半", "shorter: only the one or two sentences that matter, at most half as long"),
    "warmer": ("更亲切，像老朋友，先问候后说事", "warmer, as to an old friend: the greeting first, then the matter"),
    "older": ("给年长的客户看：句子短，不用术语，语气慢，请他不着急", "for an older client: short sentences, no jargon, unhurried"),
}


def rewritten(draft: str, how: How, lang: Lang) -> str:
    """The draft made ``how``; the same text where there is nothing to do."""
    parts = [s.strip() for s in sentences(draft.strip(), lang)]
    if not parts:
        return draft
    glue = pick(lang, "", " ")
    if how == "shorter":
        return glue.join(_main(parts, lang))
    said = pieces(draft)
    sorts = ("greeting", "wish") if how == "warmer" else ("greeting", "elder")
    first, last = (next((s for s in reversed(courtesies(lang)[sort]) if not _said(s, said)), "") for sort in sorts)  # type: ignore[index]
    return glue.join(part for part in (parts[0], first if len(parts) > 1 else "", *parts[1:], last) if part)


def _said(courtesy: str, said: set[str]) -> bool:
    own = pieces(courtesy)
    return bool(own) and len(own & said) / len(own) > 0.5


def _main(parts: list[str], lang: Lang) -> list[str]:
    """The first sentence (the form of address), the sentences with a figure, and one that asks; at most three."""
    polite = set().union(*(pieces(s) for found in courtesies(lang).values() for s in found))

    def weight(s: str) -> float:
        own = pieces(s)
        empty = len(own & polite) / len(own) if own else 1.0
        return 2.0 * bool(quantities(s, lang)) + 1.0 * s.endswith(("?", "？")) - 2.0 * empty

    rest = sorted(range(1, len(parts)), key=lambda i: (-weight(parts[i]), i))[: 1 if len(parts) <= 3 else 2]
    return [parts[0], *(parts[i] for i in sorted(rest))]
