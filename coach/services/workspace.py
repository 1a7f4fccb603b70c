"""A workspace opened: settings, policy, database, playbook and retriever, each made when first needed."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from coach.domain.words import Lang
from coach.settings import Settings, load_policy, load_settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from coach.assistant.llm.connection import Connection
    from coach.assistant.llm.ledger import Call
    from coach.assistant.support import Support
    from coach.domain.compliance_rules import RulePack
    from coach.domain.plays import Play
    from coach.domain.policy import Policy
    from coach.playbook.cards import Playbook
    from coach.playbook.retrieve import PlaybookRetriever
    from coach.services.who import Person


class Workspace:
    """One person's Coach. Nothing is opened before it is asked for, so a screen can paint first."""

    def __init__(self, settings: Settings | None = None, *, lang: Lang | None = None) -> None:
        self.settings = settings or load_settings()
        self.lang: Lang = lang or self.settings.lang
        self.kept: dict[Any, Any] = {}
        """Signals and steps worked out, until something is written (:mod:`coach.services.signals`)."""
        self._turns: dict[Any, Lock] = {}
        self.retriever: PlaybookRetriever | None = None
        self.connection: Connection | None = None
        """The way to the language model, once it was asked for."""
        self.calls: list[Call] = []
        """What was asked of the model since the workspace was opened."""

    @classmethod
    def at(cls, home: Path, *, lang: Lang | None = None) -> Workspace:
        """The workspace in a folder, whatever the environment says of ``COACH_HOME``."""
        os.environ["COACH_HOME"] = str(home)
        return cls(lang=lang)

    def turn(self, key: Any) -> Lock:
        """A lock for a piece of work that several threads may ask for at once: one does it, the others wait and find it done."""
        return self._turns.setdefault(key, Lock())

    @property
    def home(self) -> Path:
        return self.settings.home

    @cached_property
    def engine(self) -> Engine:
        """The database, migrated. Raises :class:`~coach.store.db.StoreError`."""
        from coach.store.db import open_db, private_folder

        private_folder(self.home)
        return open_db(self.settings.database_url, self.lang)

    @cached_property
    def person(self) -> Person | None:
        """Who is at work, by the database's login; ``None`` on SQLite and for the database's owner.

        Raises :class:`~coach.services.errors.Refused` where the login is nobody.
        """
        from coach.services.who import person_of

        return person_of(self)

    @cached_property
    def policy(self) -> Policy:
        """The branch's method in figures. Raises :class:`~coach.settings.SettingsError`."""
        return load_policy(self.settings.policy_file)

    @cached_property
    def playbook(self) -> Playbook:
        from coach.playbook.cards import playbook

        return playbook()

    @cached_property
    def plays(self) -> dict[str, Play]:
        from coach.playbook.plays import plays_of

        return plays_of(self.playbook)

    @cached_property
    def rules(self) -> RulePack:
        from coach.playbook.rules import read_rules

        return read_rules()

    @cached_property
    def support(self) -> Support:
        """Whether passages bear out a claim. Always with the built-in encoder: what is held against them still has its names."""
        from coach.assistant.support import Support
        from coach.playbook.dense import BuiltIn

        return Support(BuiltIn().encode)

    def close(self) -> None:
        """Let go of the files of the database and of the index."""
        if self.retriever is not None:
            self.retriever.close()
        if "engine" in self.__dict__:
            self.engine.dispose()
