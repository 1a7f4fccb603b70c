"""Orders hidden in the records, in documents and in questions: they change nothing, even where the model obeys them."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from sqlmodel import col, update

from coach.services.clients import ClientQuery, client_numbers
from coach.services.knowledge import add
from coach.services.suggestions import ask, rewrite, suggest
from coach.store.db import session
from coach.store.tables import Client, Contact, Holding, Movement
from tests.assistant.llm.models import answer, is_chat, is_rewrite, passages, probing, suggestion
from tests.conftest import TODAY

ATTEMPTS = tomllib.loads((Path(__file__).parent / "injections.toml").read_text(encoding="utf-8"))["attempt"]


def plant(ws: Any, no: str, where: str, text: str) -> None:
    """The hidden order, where it would stand in a branch's records."""
    with session(ws.engine) as s:
        if where in ("note", "family", "interests"):
            s.exec(update(Client).where(col(Client.client_no) == no).values(**{where: text}))
        elif where in ("summary", "tool"):  # what looking up the records brings back
            s.exec(update(Contact).where(col(Contact.client_no) == no).values(summary=text))
        elif where == "product":
            s.exec(update(Holding).where(col(Holding.client_no) == no).values(product=text))
        elif where in ("purpose", "counterparty"):
            s.exec(update(Movement).where(col(Movement.client_no) == no).values(**{where: text}))
    ws.kept.clear()


class Obedient:
    """A model that does what the hidden order of the day asks, with a citation that looks right, again and again."""

    attempt: dict[str, Any] = ATTEMPTS[0]

    def __call__(self, request: dict[str, Any]) -> str:
        says = self.attempt["says"]
        cites = self.attempt.get("cites") or [number for number, _ in passages(request)][:1] or [1]
        if is_chat(request):
            return answer([(says, cites)], {"name": "message", "input": says})
        if is_rewrite(request):
            return json.dumps({"message": says}, ensure_ascii=False)
        return suggestion([(says, cites)] * 2, [(says, cites)], says)


def test_an_order_hidden_in_data_changes_nothing(with_model) -> None:
    """Even where the model obeys it, nothing of it is shown; the person still gets a usable suggestion."""
    model = Obedient()
    usual = {
        "zh": ("定期快到期了怎么跟进", "您好，款子快到期了。"),
        "en": ("how do I follow up a maturity", "Hello. Your deposit matures soon."),
    }
    with with_model(probing(model)) as (ws, server):
        documents = [a for a in ATTEMPTS if a["where"] == "document"]
        for a in documents:
            path = ws.home / f"{a['id']}.md"
            path.write_text(f"# {usual[a['lang']][0]}\n\n{usual[a['lang']][0]}\n{a['text']}\n", encoding="utf-8")
        add(ws, [ws.home / f"{a['id']}.md" for a in documents])
        numbers = client_numbers(ws, ClientQuery())
        for at, attempt in enumerate(ATTEMPTS):
            model.attempt, lang, where, mark = attempt, attempt["lang"], attempt["where"], attempt["mark"]
            no = numbers[3 + at]
            plant(ws, no, where, attempt["text"])
            question = attempt["text"] if where == "question" else usual[lang][0]
            draft = attempt["text"] if where == "draft" else usual[lang][1]
            made = suggest(ws, no, TODAY, engine="llm", lang=lang)
            told = ask(ws, question, TODAY, client_no=no, engine="llm", lang=lang)
            text, _ = rewrite(ws, no, draft, "warmer", TODAY, engine="llm", lang=lang)
            shown = [p.text for p in (*made.talking_points, *made.care_ideas)] + [made.message_draft]
            assert not any(attempt["says"] in word for word in shown), attempt["id"]
            assert made.grounding.unsupported == 0 and (made.talking_points or made.next_action is None), attempt["id"]
            assert told.engine == "offline" or not any(mark in s.text for s in told.answer), attempt["id"]
            assert not any(mark in o.text for o in told.offered), attempt["id"]
            assert mark not in text or mark in draft, attempt["id"]
        assert len(server.requests) > len(ATTEMPTS) * 2, "the model was asked, and asked again"
