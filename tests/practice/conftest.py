"""One bench for all tests of practice: the encoder and what it has learnt are made once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from coach.paths import KNOWLEDGE
from coach.playbook.cards import playbook
from coach.playbook.dense import BuiltIn
from coach.playbook.rules import read_rules
from coach.practice.bench import Bench
from coach.practice.kit import kit
from coach.practice.likeness import Likeness
from coach.practice.reading import read
from coach.practice.scenario import Scenario
from coach.settings import load_policy

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench(kit(), Likeness(BuiltIn().encode), read_rules(), load_policy(Path("no-policy.toml")), playbook(), TODAY)


@pytest.fixture(scope="session")
def scenarios() -> dict[str, Scenario]:
    passages = {passage for passage, _ in playbook().passages}
    return {path.stem: read(path, passages) for path in sorted((KNOWLEDGE / "scenarios").glob("*.toml"))}
