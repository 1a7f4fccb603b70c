"""What every test shares: no developer's settings, no model server, a workspace of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

settings.register_profile("coach", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("coach")

TODAY = date(2026, 11, 24)
"""A Tuesday on which the demo branch of the tests lives."""

_OURS = ("COACH_HOME", "COACH_DB", "COACH_LANG", "COACH_CHROMA", "COACH_MODEL", "COACH_EMBED_MODEL", "COACH_MANAGER", "COACH_THEME",
         "COACH_TRUST_LOCAL", "COACH_MODEL_FIRST_S", "COACH_MODEL_STALL_S", "COACH_MODEL_TOTAL_S", "OPENAI_BASE_URL", "OPENAI_API_KEY")


if TYPE_CHECKING:
    from coach.services.workspace import Workspace
    from tests.servers.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of the test session's own, started when a test first asks for it."""
    from tests.servers.postgres import Postgres

    server = Postgres()
    server.make()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgres_empty(postgres: Postgres) -> str:
    """The URL of a database at the newest revision that nobody writes in: the template of others."""
    from coach.store import db

    url = postgres.database()
    engine = db.engine_of(url)
    db.upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture
def postgres_url(postgres: Postgres, postgres_empty: str) -> Iterator[str]:
    """The URL of a database of the test's own, at the newest revision."""
    url = postgres.database(postgres_empty)
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def demo_branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo branch of 600 clients (seed 7) with its index, made once; nobody writes in it."""
    from coach.services.demo import make_demo
    from coach.services.knowledge import retriever

    home = tmp_path_factory.mktemp("branch") / "demo"
    ws, _ = make_demo(home, 600, 7, TODAY, "zh")
    retriever(ws).search("到期", k=1, lang="zh")
    ws.close()
    return home


@pytest.fixture
def demo_ws(request: pytest.FixtureRequest) -> Workspace:
    """A copy of the demo branch to work in. ``COACH_TESTS_ON=postgres``: on PostgreSQL."""
    return request.getfixturevalue("demo_postgres" if os.environ.get("COACH_TESTS_ON") == "postgres" else "demo_sqlite")  # type: ignore[no-any-return]


@pytest.fixture
def demo_sqlite(demo_branch: Path, own_workspace: Path) -> Iterator[Workspace]:
    """A copy of the demo branch in its file."""
    from coach.services.workspace import Workspace

    shutil.copytree(demo_branch, own_workspace)
    ws = Workspace.at(own_workspace, lang="zh")
    yield ws
    ws.close()


@pytest.fixture(scope="session")
def postgres_branch(postgres: Postgres, postgres_empty: str, demo_branch: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with the demo branch's ledgers that nobody writes in."""
    from coach.services.imports import ImportJob, bring_in
    from coach.services.workspace import Workspace

    url = postgres.database(postgres_empty)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COACH_DB", url)
        patch.setenv("COACH_HOME", str(tmp_path_factory.mktemp("loading")))
        ws = Workspace(lang="zh")
        bring_in(ws, ImportJob(sorted((demo_branch / "ledger").iterdir()), strict=True), TODAY)
        ws.close()
    return url


@pytest.fixture
def demo_postgres(postgres: Postgres, postgres_branch: str, own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A copy of the demo branch on PostgreSQL, as its owner sees it."""
    from coach.services.workspace import Workspace

    own_workspace.mkdir(exist_ok=True)
    url = postgres.database(postgres_branch)
    monkeypatch.setenv("COACH_DB", url)
    ws = Workspace.at(own_workspace, lang="zh")
    yield ws
    ws.close()
    postgres.drop(url)


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has an empty workspace; the developer's environment is hidden."""
    for name in _OURS:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    monkeypatch.setenv("COACH_HOME", str(home))
    return home
