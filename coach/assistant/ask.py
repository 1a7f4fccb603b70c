"""A question answered from the playbook (and the client's records), offline: sentences chosen, not made.

Every sentence stands word for word in a passage or a record and cites it. What the playbook does not
hold is said to be not there, with the nearest topic named.
"""

from __future__ import annotations

import re

from coach.assistant.engine import Answer, Case, Hit, Retriever, Sentence
from coach.assistant.grounding import pieces
from coach.assistant.records import Record, records_of
from coach.domain.suggestion import Citation
from coach.domain.words import Lang, pick
from coach.playbook.retrieve import is_answerable

MAX_PASSAGES = 3
MAX_SENTENCES = 7
MAX_RECORDS = 3
_CLOSE = 0.55
"""A passage is used when its score is at least this share of the best one's."""
_ASKING = frozenset({"什么", "了什", "怎么", "多少", "么时", "哪些", "what", "when", "which", "how", "did", "does", "the", "has"})
"""Pieces that only ask: they tell nothing of which record is meant."""
_WHOLE = {"zh": 130, "en": 420}
"""A passage up to this many characters is quoted whole."""
_END = re.compile(r"(?<=[。！？!?；])|(?<=[.!?])\s+(?=[A-Z“])")


def answer(question: str, case: Case | None, retriever: Retriever, lang: Lang, engine: str = "offline") -> Answer:
    """The answer, each sentence with its passage; ``answered`` false where the playbook and the records say nothing of it."""
    question = question.strip()
    hits = retriever.search(question, lang=lang, k=6)
    sentences: list[Sentence] = []
    citations: dict[str, Citation] = {}
    for record in _records(question, case):
        sentences.append(Sentence(record.text, (record.id,)))
        citations[record.id] = Citation(record.id, "record", record.title, record.text)
    if is_answerable(question, hits, lang):
        for hit in _close(hits):
            for text in _sentences(question, hit, lang):
                if len(sentences) < MAX_SENTENCES:
                    sentences.append(Sentence(text, (hit.id,)))
                    citations[hit.id] = Citation(hit.id, hit.topic, hit.title, hit.text)
    if sentences:
        return Answer(tuple(sentences), tuple(citations.values()), True, engine)
    return _not_there(hits, lang, engine)


def _close(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits[:MAX_PASSAGES] if hit.score >= _CLOSE * hits[0].score]


def _sentences(question: str, hit: Hit, lang: Lang) -> list[str]:
    """The passage whole where it is short; else the sentences nearest to the question, in their order."""
    parts = [part.strip() for part in _END.split(hit.text) if part and part.strip()]
    if len(hit.text) <= _WHOLE[lang] or len(parts) <= 2:
        return parts
    wanted = pieces(question)
    best = sorted(range(len(parts)), key=lambda i: (-len(pieces(parts[i]) & wanted), i))[:3]
    return [parts[i] for i in sorted(best)]


def _records(question: str, case: Case | None) -> list[Record]:
    """The client's records that the question speaks of."""
    if case is None:
        return []
    wanted = pieces(question) - _ASKING
    scored = [(len(wanted & (pieces(r.text) | pieces(r.keys))), r) for r in records_of(case.client, case.today, case.lang)]
    top = max((score for score, _ in scored), default=0)
    return [r for score, r in scored if score and score >= max(top, 1)][:MAX_RECORDS]


def _not_there(hits: list[Hit], lang: Lang, engine: str) -> Answer:
    if not hits:
        return Answer((Sentence(pick(lang, "手册里没有这方面的内容。", "The playbook does not cover this."), ()),), (), False, engine)
    near = hits[0]
    text = pick(
        lang, f"手册里没有这方面的内容；最接近的是「{near.title}」。", f"The playbook does not cover this; the nearest is “{near.title}”."
    )
    return Answer((Sentence(text, (near.id,)),), (Citation(near.id, near.topic, near.title, near.text),), False, engine)
