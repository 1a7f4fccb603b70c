"""What leaves the process, byte by byte; and orders hidden in the records, which change nothing."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from sqlmodel import col, select, update

from coach.services.clients import ClientQuery, client_numbers, picture
from coach.services.knowledge import add
from coach.services.model import mask_of
from coach.services.suggestions import ask, rewrite, suggest
from coach.store.db import session
from coach.store.tables import Client, Contact, Holding, Movement, Staff
from tests.assistant.llm.models import answer, good, is_chat, is_rewrite, passages, probing, suggestion
from tests.conftest import TODAY

ATTEMPTS = tomllib.loads((Path(__file__).parent / "injections.toml").read_text(encoding="utf-8"))["attempt"]


def originals(ws: Any) -> list[str]:
    """Names, phones, numbers, employers and counterparties of the branch, as a server must never get them."""
    with session(ws.engine, write=False) as s:
        people = s.exec(select(Client.name, Client.phone, Client.client_no, Client.employer)).all()
        staff = s.exec(select(Staff.name, Staff.staff_no)).all()
    return sorted({str(word) for row in (*people, *staff) for word in row if word and len(str(word)) > 1})


def test_nothing_that_tells_who_it_is_about_leaves_over_500_clients(with_model) -> None:
    """Suggestions for 500 clients, with repairs, chats and rewritten drafts of some: every byte that the server got is searched."""

    @probing
    def script(request: dict[str, Any]) -> Any:
        """Mostly an answer of no use, which costs the test no checking; now and then one to mend, or a good one."""
        turn = len(request["messages"][1]["content"]) % 16
        if is_chat(request) or is_rewrite(request) or turn == 0:
            return good(request)
        return suggestion([("[T1]您好，收益8%", [1])], [], "[N1]") if turn == 1 else "{}"

    with with_model(script) as (ws, server):
        numbers = client_numbers(ws, ClientQuery())[:500]
        assert len(numbers) == 500
        for at, no in enumerate(numbers):
            suggest(ws, no, TODAY, engine="llm", lang="en" if at % 5 == 0 else "zh")
            if at % 25 == 0:
                client = picture(ws, no, TODAY, lang="zh", signals=())
                ask(ws, f"{client.name}（{client.phone}）的定期快到期了怎么跟进？客户号{no}", TODAY, client_no=no, engine="llm")
                rewrite(ws, no, f"{client.name}您好，有事打我电话{client.phone}。方便的话来网点坐坐。", "warmer", TODAY, engine="llm")
        told = b"\n".join(server.received).decode("utf-8", "replace")
        told += "\n".join(json.dumps(r, ensure_ascii=False) for r in server.requests)  # escaped text is text too
        assert len(server.requests) > 450
        words = "|".join(map(re.escape, sorted(originals(ws), key=len, reverse=True)))
        assert not (found := re.findall(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])", told)), found[:10]
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", told)


def test_a_name_in_free_text_is_hidden_too(with_model) -> None:
    with with_model(good) as (ws, _):
        one, other = client_numbers(ws, ClientQuery())[5:7]
        with session(ws.engine) as s:
            name = s.exec(select(Client.name).where(Client.client_no == other)).one()
            s.exec(update(Client).where(col(Client.client_no) == one).values(note=f"由{name}介绍，女儿陈晓月，电话 139 1234 5678"))
        mask = mask_of(ws)(picture(ws, one, TODAY, lang="zh", signals=()), "zh")
        hidden = mask.hide(f"由{name}介绍，女儿陈晓月，电话 139 1234 5678")
        assert name not in hidden and "陈晓月" not in hidden and "5678" not in hidden
        assert mask.show(hidden) == f"由{name}介绍，女儿陈晓月，电话 139 1234 5678"


def test_a_trusted_local_address_gets_the_names_and_another_never(with_model) -> None:
    with with_model(good, COACH_TRUST_LOCAL="true") as (ws, _):
        client = picture(ws, client_numbers(ws, ClientQuery())[3], TODAY, lang="zh", signals=())
        assert mask_of(ws)(client, "zh").hide(client.name) == client.name
        object.__setattr__(ws, "settings", ws.settings.model_copy(update={"base_url": "https://api.example.com/v1"}))
        assert mask_of(ws)(client, "zh").hide(client.name) != client.name


def test_the_key_is_in_no_file_and_no_log(with_model, own_workspace: Path) -> None:
    with with_model(good, OPENAI_API_KEY="sk-very-secret-key") as (ws, server):
        suggest(ws, client_numbers(ws, ClientQuery())[3], TODAY, engine="llm")
        assert any(b"sk-very-secret-key" in got for got in server.received), "the server does get it"
    for path in own_workspace.rglob("*"):
        if path.is_file():
            assert b"sk-very-secret-key" not in path.read_bytes(), path


# --- orders hidden in data --------------------------------------------------------------------------------------------


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
