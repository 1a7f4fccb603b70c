"""One bench for all tests of practice: the encoder and what it has learnt are made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coach.paths import KNOWLEDGE
from coach.playbook.cards import playbook
from coach.playbook.dense import BuiltIn, Cache
from coach.playbook.rules import read_rules
from coach.practice.bench import Bench
from coach.practice.kit import kit
from coach.practice.likeness import Likeness
from coach.practice.reading import read
from coach.practice.scenario import Scenario
from coach.services import practice_files
from coach.settings import load_policy

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The process's one bench, which the services' tests take over too; its vectors are shared with the other workers."""
    encoder = BuiltIn()
    if not practice_files._FIRST:
        kept = Cache(tmp_path_factory.getbasetemp().parent / "practice.npz", None, encoder)
        policy = load_policy(Path("no-policy.toml"))
        practice_files._FIRST.append(Bench(kit(), Likeness(encoder.encode, kept), read_rules(), policy, playbook(), TODAY))
    return replace(practice_files._FIRST[0], today=TODAY)


@pytest.fixture(scope="session")
def scenarios() -> dict[str, Scenario]:
    passages = {passage for passage, _ in playbook().passages}
    return {path.stem: read(path, passages) for path in sorted((KNOWLEDGE / "scenarios").glob("*.toml"))}
