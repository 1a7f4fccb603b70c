"""``coach doctor`` on the model: what it finds, each with its remedy, and no secret in any line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coach.assistant.llm.listing import Server
from coach.services import doctor
from coach.services.doctor import Check, examine
from coach.services.workspace import Workspace
from coach.settings import SettingsError
from tests.assistant.llm.server import MODEL, Can, Fault, Json, serving
from tests.conftest import TODAY

MONTHS = Json('{"months": 12}', "A year has twelve months.")


def looked_at(home: Path, monkeypatch: pytest.MonkeyPatch, lang: Any = "en", **environment: str) -> dict[str, Check]:
    """The checks of the model, by their ids."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ws = Workspace.at(home, lang=lang)
    try:
        checks = examine(ws, TODAY)
    finally:
        ws.close()
    assert len({c.id for c in checks}) == len(checks)
    assert all("\n" not in c.text + c.remedy and "sk-secret" not in c.text + c.remedy for c in checks)
    return {c.id: c for c in checks}


@pytest.fixture
def home(own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty workspace, where the doctor looks at the model alone: the index takes its time."""
    monkeypatch.setattr(doctor, "_LOOKS", tuple(look for look in doctor._LOOKS if look[0] == "model"))
    own_workspace.mkdir()
    return own_workspace


def asked(home: Path, monkeypatch: pytest.MonkeyPatch, script: Any, can: Can | None = None, **environment: str) -> dict[str, Check]:
    with serving(lambda request: script, can=can) as server:
        return looked_at(
            home, monkeypatch, **{"OPENAI_BASE_URL": server.url, "COACH_MODEL": MODEL, "OPENAI_API_KEY": "sk-secret", **environment}
        )


def test_no_model_is_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = looked_at(home, monkeypatch)
    assert list(found) == ["model"] and found["model"].ok and "offline" in found["model"].text


def test_a_good_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(home, monkeypatch, MONTHS)
    assert list(found) == ["model", "model.known", "model.stream", "model.structured", "model.context", "model.privacy"]
    assert all(c.ok and not c.remedy for c in found.values())
    assert "reachable" in found["model"].text and "first token" in found["model.stream"].text and "8192" in found["model.context"].text
    assert "schema" in found["model.structured"].text and "hidden" in found["model.privacy"].text
    kept = (home / "model.json").read_text(encoding="utf-8")
    assert MODEL in kept and "sk-secret" not in kept


def test_a_poor_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    can = Can(ways=frozenset(), streams=False, models=None, context="")
    found = asked(home, monkeypatch, MONTHS, can)
    assert all(c.ok for c in found.values()) and "response_format" in found["model.structured"].remedy
    assert "whole" in found["model.stream"].text and "not tell" in found["model.context"].text and "no list" in found["model.known"].text


def test_a_short_context(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.services.doctor.LEAST_CONTEXT", 9000)
    found = asked(home, monkeypatch, MONTHS)
    assert not found["model.context"].ok and "9000" in found["model.context"].remedy


@pytest.mark.parametrize(
    ("script", "can", "check", "word"),
    [
        (MONTHS, Can(models=("test-model-7b", "glm-4")), "model.known", "test-model-7b"),
        (MONTHS, Can(key="another"), "model", "OPENAI_API_KEY"),
        (Fault("500"), None, "model.stream", "500"), (Fault("html"), None, "model.stream", "/v1"),
        (Fault("404-path"), Can(models=None), "model.stream", "/v1"), ("", None, "model.stream", "empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_a_remedy(
    script: Any, can: Can | None, check: str, word: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = asked(home, monkeypatch, script, can)
    wrong = [c for c in found.values() if not c.ok]
    assert [c.id for c in wrong] == [check] and word in wrong[0].text and wrong[0].remedy and "model.privacy" in found
    assert not (home / "model.json").exists()


def test_nobody_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda request: MONTHS) as server:
        url = server.url.replace("http://", "http://someone:sk-secret@")
    for lang in ("zh", "en"):
        found = looked_at(home, monkeypatch, lang, OPENAI_BASE_URL=url, COACH_MODEL=MODEL)
        assert not found["model"].ok and "OPENAI_BASE_URL" in found["model"].text and list(found) == ["model", "model.privacy"]


@pytest.mark.parametrize(("url", "clear"), [("", True), ("http://8.8.8.8/v1", False)])
def test_names_go_in_clear_to_a_trusted_local_address_only(url: str, clear: bool, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.services.doctor._listed", lambda ws: Server((MODEL,), None))
    monkeypatch.setattr("coach.services.model.connect", lambda ws, **how: _Known())
    found = asked(home, monkeypatch, MONTHS, COACH_TRUST_LOCAL="1", **({"OPENAI_BASE_URL": url} if url else {}))["model.privacy"]
    assert ("in clear" in found.text) is clear and bool(found.remedy) is not clear


class _Known:
    """A connection whose server was asked before."""

    from coach.assistant.llm.asking import Capabilities

    capabilities = Capabilities()


def test_the_settings_of_the_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "settings.toml").write_text("trust_local = true\nmodel_first_s = 90\nmodel_stall_s = 4.5\n", encoding="utf-8")
    monkeypatch.setenv("COACH_MODEL_TOTAL_S", "200")
    settings = Workspace.at(home).settings
    assert (settings.trust_local, settings.model_first_s, settings.model_stall_s, settings.model_total_s) == (True, 90, 4.5, 200)
    monkeypatch.setenv("COACH_MODEL_STALL_S", "0")
    with pytest.raises(SettingsError, match="COACH_MODEL_STALL_S"):
        Workspace.at(home)
