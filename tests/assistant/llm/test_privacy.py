"""What leaves the process, byte by byte."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sqlmodel import col, select, update

from coach.services.clients import ClientQuery, client_numbers, picture
from coach.services.model import mask_of
from coach.services.suggestions import ask, rewrite, suggest
from coach.store.db import session
from coach.store.tables import Client, Staff
from tests.assistant.llm.models import good, is_chat, is_rewrite, probing, suggestion
from tests.conftest import TODAY


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
