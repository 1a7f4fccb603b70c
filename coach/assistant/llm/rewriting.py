"""A draft rewritten by the model: the meaning, figures and names stay; held against the same checks as every message."""

from __future__ import annotations

from typing import Any

from coach.assistant import guard
from coach.assistant.courtesies import all_courtesies
from coach.assistant.engine import Case, Watch
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.prompts import prompt
from coach.assistant.llm.streamed import Shown
from coach.assistant.llm.writer import Writer
from coach.assistant.masking import MaskOf
from coach.assistant.rewrite import ASKED, How, rewritten
from coach.assistant.verify import Supports, Verifier
from coach.domain.words import pick

MAX_TOKENS = 260
SCHEMA: dict[str, Any] = {
    "title": "message",
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
    "additionalProperties": False,
}


def rewrite(
    writer: Writer, support: Supports, mask_of: MaskOf, draft: str, how: How, case: Case, watch: Watch | None = None
) -> tuple[str, str | None]:
    """The new text, and why it was not the model that wrote it (``None`` = it was)."""
    lang, mask = case.lang, mask_of(case.client, case.lang)
    words, base = prompt("rewrite", lang), guard.context(case.policy, case.today, lang, client=case.client)
    asked = words.messages({"draft": mask.hide(draft), "how": pick(lang, *ASKED[how])})
    checks = Verifier(
        lang=lang,
        today=case.today,
        given={"draft": draft},
        known=(),
        support=support,
        rules=guard.word_rules(base, case.rules),
        courtesies=all_courtesies(lang),
        values=case.facts(None).telling,
        told=(draft,),
    )
    try:
        made = writer.write(
            "rewrite", words.version, asked, SCHEMA, lang=lang, max_tokens=MAX_TOKENS, watch=Shown(watch, mask, lang) if watch else None
        )
    except Fault as fault:
        return rewritten(draft, how, lang), fault.line(lang)
    checked = checks.message(mask.show(made.value["message"]))
    writer.note(made, len(checked.flaws))
    if checked.flaws or not checked.text:
        why = checked.flaws[0].said if checked.flaws else pick(lang, "是空的", "it is empty")
        return rewritten(draft, how, lang), pick(lang, f"模型改写的没有通过核对：{why}", f"the model's text did not pass the checks: {why}")
    if how == "shorter" and len(checked.text) >= len(draft):
        return rewritten(draft, how, lang), pick(lang, "模型改写的没有变短", "the model's text is no shorter")
    return checked.text, None
