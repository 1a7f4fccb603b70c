"""A small playbook (four real cards) for tests that build indexes, and one index of the whole playbook."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coach.paths import KNOWLEDGE
from coach.playbook.index import IndexOptions, build_index
from coach.playbook.retrieve import PlaybookRetriever

CARDS = ("revive.maturity", "care.gift", "stage.icebreak.rejected", "compliance.promise")


@pytest.fixture(scope="session")
def small_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("knowledge")
    for part in ("plays", "zh", "en"):
        (root / part).mkdir()
        for card in CARDS:
            shutil.copy(KNOWLEDGE / part / f"{card}.toml", root / part)
            if (more := KNOWLEDGE / part / "asks" / f"{card}.toml").exists():
                (root / part / "asks").mkdir(exist_ok=True)
                shutil.copy(more, root / part / "asks")
    for name in ("vectors.npz", "zh/search.toml", "en/search.toml"):
        if (KNOWLEDGE / name).exists():
            shutil.copy(KNOWLEDGE / name, root / name)
    return root


@pytest.fixture
def options(tmp_path: Path, small_knowledge: Path) -> IndexOptions:
    return IndexOptions(tmp_path / "home", small_knowledge)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> PlaybookRetriever:
    """The whole playbook, indexed once."""
    options = IndexOptions(tmp_path_factory.mktemp("home"))
    build_index(options)
    return PlaybookRetriever(options)
