"""A record under review as text: the suggestion, what was really done, the client of that day, the review itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from textual.content import Content

from coach.domain.format import day
from coach.domain.outcomes import outcome_label
from coach.domain.suggestion import CareIdea, CautionNote, Citation, Grounding, Move, NextAction, Point, Reason, Suggestion
from coach.domain.words import Lang, label
from coach.services.review_facts import fact_words
from coach.services.review_words import rubric, words
from coach.tui.cites import Cites
from coach.tui.evidence_words import evidence_text
from coach.tui.widgets.client_facts import View
from coach.tui.widgets.prose import Doc
from coach.tui.widgets.review_list import Names, flag_lines
from coach.tui.widgets.suggestion_text import above_doc, below_doc
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.services.review_acts import Comment, State
    from coach.services.review_record import Did, Opened

_PIECES = {"=": "", "-": "strike $text-error", "+": "bold $text-success"}
MOST = 12
"""So many contacts of a flag are written out."""


def suggestion_in(body: dict[str, Any]) -> Suggestion:
    """A kept suggestion as it was made."""
    action = body.get("next_action")
    return Suggestion(
        body["suggestion_no"], body["client_no"], date.fromisoformat(body["date"]), body["engine"], body.get("fallback"), body.get("play"),
        tuple(Reason(r["signal"], r["evidence"]) for r in body.get("because", ())),
        NextAction(action["channel"], date.fromisoformat(action["when"]), action["goal"],
                   tuple(Move(date.fromisoformat(m["when"]), m["channel"], m["goal"]) for m in action.get("then", ()))) if action else None,
        tuple(Point(p["text"], tuple(p["cites"])) for p in body.get("talking_points", ())),
        tuple(CareIdea(c["kind"], c["text"], tuple(c["cites"]), c.get("cost_cap")) for c in body.get("care_ideas", ())),
        body.get("message_draft", ""),
        tuple(CautionNote(c["rule"], c["severity"], c["text"], tuple(c.get("cites", ()))) for c in body.get("cautions", ())),
        tuple(Citation(**c) for c in body.get("citations", ())), Grounding(**body.get("grounding", {})),
    )  # fmt: skip


def head_doc(opened: Opened, names: Names, lang: Lang, place: str) -> Doc:
    """Whose work, on whom, on which day; the flag and its question; which passages it is read with come with the review."""
    about = opened.about
    said = [opened.staff_name, f"{opened.client_name} {about.client_no or ''}".strip(), day(opened.day, lang), place]
    doc = Doc().add((" · ".join(word for word in said if word), "bold"))
    if opened.flag is not None:
        flag_lines(doc, opened.flag, names, lang)
    return doc


def suggested_doc(opened: Opened, names: Names, cites: Cites, view: View) -> Doc:
    """What was proposed; of practice, what was practised."""
    lang = view.lang
    if opened.practice is not None:
        return _practised(opened, names, lang)
    if opened.suggestion is None:
        return Doc().add((say("review.no_suggestion", lang), "$text-muted"))
    made = suggestion_in(opened.suggestion)
    doc = above_doc(made, names.plays.get(made.play or "", made.play or ""), cites, view)
    if made.message_draft:
        doc.head(say("review.draft", lang))
        for part in made.message_draft.split("\n"):
            doc.add(part)
    below = below_doc(made, cites, lang)
    doc.parts += below.parts
    return doc


def _practised(opened: Opened, names: Names, lang: Lang) -> Doc:
    from coach.practice.kit import kit

    talk = opened.practice
    assert talk is not None
    doc = Doc().add((say("review.practised", lang, scenario=names.plays.get(talk.scenario, talk.scenario)), "bold $primary"))
    if talk.total is not None:
        doc.add((f"{talk.total:g}", "$text-success" if talk.passed else "$text-error"))
    use = kit().words(lang).criteria
    for name, (points, most) in talk.criteria.items():
        called = use[name].name if name in use else name  # type: ignore[index]
        doc.add((f"{called}  ", "$text-muted"), f"{points:g}/{most:g}")
    return doc


def done_doc(opened: Opened, names: Names, lang: Lang, today: date) -> Doc:
    """How the suggestion was used, the message as it was changed, the contacts, the task, what came later."""
    doc = Doc()
    if opened.uses:
        doc.head(say("review.use", lang))
        for use in opened.uses:
            how = f"{use.at:%m-%d %H:%M} {say(f'review.how.{use.how}', lang)}"
            why = f"  {say('review.reason', lang)} {use.reason}" if use.reason else ""
            doc.add((how, "bold"), why, f"  {use.remark}" if use.remark else "", hang=2)
        if opened.uses[-1].difference:
            doc.head(say("review.sent", lang))
            doc.add(Content.assemble(*((text, _PIECES[sign]) for sign, text in opened.uses[-1].difference)))
    if opened.practice is None:
        doc.head(say("review.contacts", lang))
        for did in opened.did[:MOST]:
            _contact(doc, did, lang, today, named=opened.about.client_no is None)
        if len(opened.did) > MOST:
            doc.add((say("review.more", lang, n=len(opened.did) - MOST), "$text-muted"))
        if not opened.did:
            doc.add((say("review.contacts.none", lang), "$text-muted"))
    if opened.task is not None:
        task = opened.task
        doc.head(say("review.task", lang))
        said = [day(task.plan_on, lang, today), names.plays.get(task.play, task.play), label(task.channel, lang),
                say(f"review.task.state.{task.state}", lang)]  # fmt: skip
        doc.add(" · ".join(said))
    if opened.about.client_no is not None and opened.practice is None:
        doc.head(say("review.later", lang))
        for did in opened.later:
            _contact(doc, did, lang, today)
        if not opened.later:
            doc.add((say("review.later.none", lang), "$text-muted"))
    return doc


def _contact(doc: Doc, did: Did, lang: Lang, today: date, *, named: bool = False) -> None:
    said = [label(did.channel, lang), outcome_label(did.outcome, lang)]
    if did.stage_before and did.stage_after and did.stage_before != did.stage_after:
        said.append(f"{label(did.stage_before, lang)} → {label(did.stage_after, lang)}")
    if did.next_on is not None:
        said.append(say("review.next_on", lang, on=day(did.next_on, lang, today)))
    if did.voided:
        said.append(say("review.voided", lang))
    who = f"{did.client_name}  " if named else ""
    how = (" ".join(word for word in said if word), "" if did.effective else "$text-warning")
    doc.add((f"{did.at:%m-%d %H:%M}  ", "$text-muted"), (who, "bold"), how, f"  {did.summary}" if did.summary else "", hang=2)


def facts_doc(opened: Opened, view: View) -> Doc:
    """What was known that day, then what is only known as of today."""
    doc, lang = Doc(), view.lang
    if not opened.facts:
        return doc.add((say("review.facts.none", lang), "$text-muted"))
    then = [fact for fact in opened.facts if fact.as_of is not None]
    if then:
        doc.head(say("review.facts.then", lang, on=day(opened.day, lang, view.today)))
    for fact in then:
        name, said = fact_words(fact, lang, view.today)
        if fact.id == "signal":
            told = evidence_text(fact.value["signal"], fact.value["evidence"], lang, view.today, view.names)
            said = f"{said}  {told}".strip()
        of = f"  {day(fact.as_of, lang, view.today)}" if fact.id == "assets" and fact.as_of and fact.as_of != opened.day else ""
        doc.add((f"{name}  ", "$text-muted"), said, (of, "$text-muted"), hang=2)
    now = [fact for fact in opened.facts if fact.as_of is None]
    if now:
        doc.head(say("review.facts.now", lang))
    for fact in now:
        name, said = fact_words(fact, lang, view.today)
        doc.add((f"{name}  ", "$text-muted"), (said, "$text-muted"), hang=2)
    return doc


def review_doc(state: State, cites: Cites, ids: Iterable[str], lang: Lang) -> Doc:
    """Rating, sign-off, comments and answers; the passages that it is read with."""
    doc, use = Doc(), words(lang)
    rated = state.rated
    if rated is None:
        doc.add((say("review.unrated", lang), "$text-muted"))
    else:
        doc.add((say("review.rated", lang, score=f"{rated.score:g}" if rated.score is not None else "-", name=rated.by_name,
                     at=f"{rated.at:%m-%d}"), "bold"))  # fmt: skip
        for name in rubric().criteria:
            if name in rated.rating:
                grade = rated.rating[name]
                doc.add((f"{use.criteria[name].name}  ", "$text-muted"), f"{grade} {use.grades.get(grade, '')}".strip())
    for sign in state.signs:
        key = "review.signed" if sign.signed_off else "review.reopened"
        doc.add((say(key, lang, name=sign.by_name, at=f"{sign.at:%m-%d %H:%M}"), "$text-success" if sign.signed_off else "$text-warning"),
                f"  {sign.text}" if sign.text else "", hang=2)  # fmt: skip
    if not state.signs:
        doc.add((say("review.unsigned", lang), "$text-muted"))
    for comment in state.comments:
        comment_lines(doc, comment, lang)
    if not state.comments:
        doc.add((say("review.comments.none", lang), "$text-muted"))
    doc.add((say("review.key.cites", lang), "$text-muted"), cites.marks(list(ids)))
    return doc


def comment_lines(doc: Doc, comment: Comment, lang: Lang) -> None:
    """One comment: who to whom, the text, whether it was answered."""
    done = say("review.comment.answered", lang) if comment.answered else say("review.comment.seen", lang) if comment.seen else ""
    head = say("review.comment", lang, by=comment.by_name, to=comment.to_name, at=f"{comment.at:%m-%d %H:%M}")
    doc.add((head, "$text-accent"), (f"  {done}" if done else "", "$text-success"))
    for part in comment.text.split("\n"):
        doc.add(f"  {part}", hang=2)
