"""A branch without clients whose practice talks have a scripted model behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from coach.services.workspace import Workspace
from tests.assistant.llm.models import probing
from tests.assistant.llm.server import MODEL, ModelServer, Script, serving

Made = Callable[..., AbstractContextManager[tuple[Workspace, ModelServer]]]


@pytest.fixture
def with_model(own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """``with with_model(script) as (ws, server)``: an empty branch with that model behind it; short time limits."""

    @contextmanager
    def made(script: Script, lang: str = "zh", **settings: str) -> Iterator[tuple[Workspace, ModelServer]]:
        with serving(probing(script)) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            monkeypatch.setenv("COACH_MODEL", MODEL)
            for name, value in {"COACH_MODEL_FIRST_S": "2", "COACH_MODEL_STALL_S": "1", "COACH_MODEL_TOTAL_S": "6", **settings}.items():
                monkeypatch.setenv(name, value)
            ws = Workspace.at(own_workspace, lang=lang)  # type: ignore[arg-type]
            yield ws, server
            ws.close()

    return made
