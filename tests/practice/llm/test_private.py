"""Practice about a real client: nobody outside learns who it is, in the talk or in its score."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from coach.services import practice as p
from coach.services.practice_cases import Case, from_maturities
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Staff
from tests.assistant.llm.models import probing
from tests.assistant.llm.server import MODEL, serving
from tests.conftest import TODAY
from tests.practice.llm.players import faithful


def first_case(ws: Workspace) -> tuple[Case, Any]:
    """The first maturity of the branch that a story fits, near the day of the demo."""
    with session(ws.engine, write=False) as s:
        staff = sorted(s.exec(select(Staff.staff_no)))
    for day in range(0, 40, 5):
        today = TODAY + timedelta(days=day)
        for number in staff:
            try:
                cases = from_maturities(ws, number, today)
            except p.Refused:
                continue
            if cases:
                return cases[0], today
    raise AssertionError("the demo branch has maturities")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_talk_about_a_real_client_names_nobody(demo_ws: Workspace, own_workspace: Path, monkeypatch: Any, lang: str) -> None:
    case, today = first_case(demo_ws)
    with session(demo_ws.engine, write=False) as s:
        client = s.get(Client, case.client_no)
        assert client is not None
        other = next(name for name in s.exec(select(Client.name)) if name != client.name and len(name) == 3)
    called = case.scenario.words(lang).call_name  # type: ignore[arg-type]
    asked = {
        "zh": f"{called}您好，{client.name}，我是客户经理，您电话{client.phone}没变吧？您和{other}认识吗？您这笔到期有什么安排？",
        "en": f"Hello {called}, this is your manager, I have {client.name}, {client.phone} here. Do you know {other}? What are your plans?",
    }[lang]
    with serving(probing(faithful)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("COACH_MODEL", MODEL)
        ws = Workspace.at(own_workspace, lang=lang)  # type: ignore[arg-type]
        playing = p.begin(ws, case.scenario, staff_no=None, today=today, lang=lang, engine="llm", client_no=case.client_no)  # type: ignore[arg-type]
        said = p.say(ws, playing, asked)
        p.say(ws, p.resume(ws, playing.attempt_no, today=today), {"zh": f"{called}，您说。", "en": f"{called}, go on."}[lang])
        made = p.finish(ws, playing)
        received = b"".join(server.received).decode("utf-8", "replace") + "".join(str(r) for r in server.requests)
        assert len(server.requests) >= 3 and said.text and made.engine == "llm:test-model"
        for secret in (client.name, called, client.phone, other, case.client_no):
            assert secret and secret not in received, "it left the process"
        turns = p.turns_of(playing)
        assert all(e.quote in turns[e.turn - 1].text for line in made.criteria for e in line.evidence), "the quotes have their names back"
        ws.close()
