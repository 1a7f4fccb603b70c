"""The language model of a workspace: how it is reached, what may be sent to it, what was asked of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import col, desc, select

from coach.assistant.engine import House, Retriever, Watch
from coach.assistant.llm.ledger import Call
from coach.assistant.masking import Mask, MaskOf
from coach.domain.client import ClientPicture
from coach.domain.words import Lang
from coach.services.errors import refuse
from coach.services.knowledge import retriever
from coach.services.workspace import Workspace
from coach.store.db import StoreError, session
from coach.store.tables import Client, ModelCall, Staff

if TYPE_CHECKING:
    from coach.assistant.llm.connection import Connection
    from coach.assistant.llm.engine import LlmEngine
    from coach.assistant.llm.faults import Fault
    from coach.assistant.llm.listing import Server
    from coach.assistant.llm.writer import Writer


def model_engine(ws: Workspace, found: Retriever, *, fresh: bool = False, watch: Watch | None = None) -> LlmEngine:
    """The engine that the settings name. ``fresh``: an answer that was kept is not used again. ``watch`` may stop the looking at a server.

    Raises :class:`~coach.services.errors.Refused` where no model is configured.
    """
    writer = model_writer(ws, fresh=fresh, watch=watch)
    from coach.assistant.llm.engine import LlmEngine

    return LlmEngine(writer, found, ws.support, mask_of(ws), House(ws.policy, ws.playbook, ws.rules))


def model_writer(ws: Workspace, *, fresh: bool = False, watch: Watch | None = None) -> Writer:
    """What asks the workspace's model and notes each call. Raises :class:`~coach.services.errors.Refused` where none is configured."""
    if not ws.settings.model:
        raise refuse(
            ws.lang, "没有配置模型；请设置 OPENAI_BASE_URL 和 COACH_MODEL（见 README 的设置），或用 --engine offline",
            "no model is configured; set OPENAI_BASE_URL and COACH_MODEL (see the README's settings), or use --engine offline",
        )  # fmt: skip
    from coach.assistant.llm.writer import Writer

    if ws.connection is None or not ws.connection.capabilities.seen_on:  # until it is known what the server can do
        ws.connection = connect(ws, watch=watch)
    return Writer(ws.connection, _Ledger(ws, fresh=fresh))


def connect(ws: Workspace, *, again: bool = False, told: Server | None = None, watch: Watch | None = None) -> Connection:
    """The way to the model, in the best form that its server has: remembered, or found out now (``again``: in any case).

    ``told``: what the server said of itself a moment ago. A server that cannot be asked now is no error
    here: the request itself will say what is wrong. One that did not answer is left alone for a few minutes.
    What the server refuses later is remembered too, so that nobody tries it again.
    """
    from coach.assistant.llm.connection import Capabilities, Connection, Limits
    from coach.assistant.llm.faults import Fault
    from coach.assistant.llm.memory import remember, remembered, rest, resting
    from coach.assistant.llm.probe import probe

    settings, today = ws.settings, date.today()
    key = settings.api_key.get_secret_value()
    limits = Limits(first_s=settings.model_first_s, stall_s=settings.model_stall_s, total_s=settings.model_total_s)
    made = Connection(settings.base_url, key, settings.model, limits=limits)
    where = (ws.home, settings.base_url, settings.model)
    known = None if again else remembered(*where, today)
    if known is None and (again or resting(*where, datetime.now()) is None):
        try:
            known = probe(made, key, today, told=told, watch=watch)
            remember(*where, known)
        except Fault as fault:
            rest(*where, fault, datetime.now())
            if again:
                raise
    made.capabilities = known or Capabilities()
    if known is not None:
        made.learned = lambda able: remember(*where, able)
    return made


def names_leave(ws: Workspace) -> bool:
    """Whether names are sent in clear: only to a local address, and only where the branch has said that it trusts it."""
    from coach.assistant.llm.probe import is_local

    return ws.settings.trust_local and is_local(ws.settings.base_url)


def mask_of(ws: Workspace) -> MaskOf:
    """What hides a client's identity before anything leaves the process; nothing is hidden from a trusted local address."""
    if names_leave(ws):
        return lambda client, lang: Mask.off()
    with session(ws.engine, write=False) as s:
        staff = tuple(word for row in s.exec(select(Staff.staff_no, Staff.name)) for word in row if word)

    def known_names(candidates: Collection[str]) -> Collection[str]:
        with session(ws.engine, write=False) as s:
            return set(s.exec(select(Client.name).where(col(Client.name).in_(list(candidates)))))

    def made(client: ClientPicture | None, lang: Lang) -> Mask:
        if client is None:
            return Mask.general(staff=staff, known_names=known_names)
        return Mask.of(client, lang, staff=staff, known_names=known_names)

    return made


class Private:
    """A retriever whose questions are masked: they go to an embeddings endpoint, and a question may name a client."""

    def __init__(self, found: Retriever, mask: Mask) -> None:
        self._found, self._mask = found, mask

    def search(
        self, query: str, *, lang: Lang, k: int = 5, topics: Collection[str] | None = None, kinds: Collection[str] | None = None
    ) -> list[Any]:
        return self._found.search(self._mask.hide(query), lang=lang, k=k, topics=topics, kinds=kinds)


def private_retriever(ws: Workspace, client: ClientPicture | None, lang: Lang) -> Retriever:
    """The retriever for a question about a client (or none): masked where what is asked leaves the process."""
    if not ws.settings.embed_model or names_leave(ws):
        return retriever(ws)
    return Private(retriever(ws), mask_of(ws)(client, lang))


class _Ledger:
    """Calls in the database, and beside them in ``ws.calls`` for who measures."""

    def __init__(self, ws: Workspace, *, fresh: bool) -> None:
        self._ws, self._fresh = ws, fresh

    def kept(self, key: str) -> str | None:
        if self._fresh:
            return None
        with session(self._ws.engine, write=False) as s:
            asked = select(ModelCall.answer).where(ModelCall.key == key, ModelCall.outcome == "ok").order_by(desc(col(ModelCall.id)))
            return s.exec(asked.limit(1)).first()

    def resting(self) -> Fault | None:
        from coach.assistant.llm.memory import resting

        return resting(self._ws.home, self._ws.settings.base_url, self._ws.settings.model, datetime.now())

    def note(self, call: Call) -> None:
        self._ws.calls.append(call)
        if call.outcome == "refused":
            self._rest(call)
        try:
            with session(self._ws.engine, lang=self._ws.lang) as s:
                s.add(ModelCall(at=datetime.now().replace(microsecond=0), **asdict(call)))
        except StoreError:
            return  # the suggestion matters more than its line in the log; the next call is noted again

    def _rest(self, call: Call) -> None:
        """The way to the server is shut: no further suggestion pays for finding that out."""
        from coach.assistant.llm.faults import Fault
        from coach.assistant.llm.memory import rest

        rest(self._ws.home, self._ws.settings.base_url, self._ws.settings.model, Fault("refused", call.detail), datetime.now())


def calls(ws: Workspace, *, limit: int = 100) -> Iterable[ModelCall]:
    """The log, newest first."""
    with session(ws.engine, write=False) as s:
        return list(s.exec(select(ModelCall).order_by(desc(col(ModelCall.id))).limit(limit)))
