"""One person at work on a shared database, over and over: plan, open a client, ask for a suggestion, log, take back, change, practise.

``python -m tests.load.people``: a process of its own, its desk as JSON on standard input; what was acknowledged comes out as JSON
lines, each written when the answer is there.
"""

from __future__ import annotations

import json
import random
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

TODAY = date(2026, 11, 24)
REST = (0.02, 0.2)
"""Seconds between two things that a person does."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits where, and for how many seconds. Two desks of one person are a person at two machines."""

    url: str
    home: str
    staff_no: str
    seconds: float
    seed: int
    supervises: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was acknowledged (``keys``: what it wrote), refused, or failed."""

    action: str
    seconds: float
    keys: tuple[str, ...] = ()
    refused: str = ""
    failed: str = ""


def opened(desk: Desk) -> Any:
    """The person's own workspace."""
    from coach.services.workspace import Workspace
    from coach.settings import Settings

    return Workspace(Settings(COACH_HOME=desk.home, COACH_DB=desk.url), lang="zh")


def work(desk: Desk, ws: Any, told: Callable[[Done], None], started: Callable[[], object] = lambda: None) -> None:
    """Work until the time is up, which begins once ``started`` returns. An error of the program's is told, too, and ends the work."""
    from coach.services.errors import Refused
    from coach.store.db import StoreError

    person = _Person(ws, desk)
    if not desk.supervises:
        person.plan()
        person.suggestion()  # as after the first minute of a morning
    started()
    names, weights = zip(*(_SUPERVISING if desk.supervises else _WORKING).items(), strict=True)
    until = time.monotonic() + desk.seconds
    while time.monotonic() < until:
        name = person.rng.choices(names, weights)[0]
        began = time.perf_counter()
        keys, refused, failed = (), "", ""
        try:
            keys = getattr(person, name)()
        except Refused as error:
            refused = str(error)
        except StoreError as error:
            failed = f"{type(error).__name__}: {error}"
        except Exception as error:
            told(Done(name, 0.0, failed=f"{type(error).__name__}: {error}"))
            raise
        told(Done(name, time.perf_counter() - began, tuple(keys), refused, failed))
        time.sleep(person.rng.uniform(*REST))


_WORKING = {"plan": 3, "open_client": 4, "suggestion": 4, "contact": 6, "undo": 1, "stage": 2, "tier": 1, "skip": 1, "practice": 1}
_SUPERVISING = {"report": 1, "log": 3, "open_client": 4, "stage": 3, "tier": 1}


class _Person:
    def __init__(self, ws: Any, desk: Desk) -> None:
        self.ws, self.desk, self.rng = ws, desk, random.Random(desk.seed)
        self._clients: list[Any] = []

    def _client(self) -> Any:
        """Somebody of the first twenty: desks of one person, and the supervisors, meet at the same clients."""
        from coach.services.clients import ClientQuery, list_clients

        if not self._clients or self.rng.random() < 0.3:
            manager = None if self.desk.supervises else self.desk.staff_no
            self._clients = list_clients(self.ws, ClientQuery(manager=manager, limit=20))
        return self.rng.choice(self._clients)

    def _now(self) -> datetime:
        return datetime.combine(TODAY, datetime.now().time())

    def plan(self) -> tuple[str, ...]:
        from coach.services.day import plan

        plan(self.ws, self.desk.staff_no, TODAY)
        return ()

    def open_client(self) -> tuple[str, ...]:
        from coach.services.clients import picture

        picture(self.ws, self._client().client_no, TODAY, lang="zh")
        return ()

    def suggestion(self) -> tuple[str, ...]:
        from coach.services.suggestions import suggest

        return (suggest(self.ws, self._client().client_no, TODAY, staff_no=self.desk.staff_no).suggestion_no,)

    def contact(self) -> tuple[str, ...]:
        from coach.services.contacts import Entry, log_contact

        entry = Entry(
            self.rng.choice(("call", "message", "visit")), self.rng.choice(("reached", "no_answer", "agreed")), self._now(),
            staff_no=self.desk.staff_no, summary="说了几句" * self.rng.randint(1, 40), next_on=TODAY + timedelta(self.rng.randint(0, 9)),
            contact_no=f"L{secrets.token_hex(8)}",
        )  # fmt: skip
        return (log_contact(self.ws, self._client().client_no, entry).contact_no,)

    def undo(self) -> tuple[str, ...]:
        from coach.services.contacts import undo_last

        undone = undo_last(self.ws, self.desk.staff_no, self._now())
        return (undone.contact_no,) if undone else ()

    def stage(self) -> tuple[str, ...]:
        from coach.services.contacts import set_stage

        client, to = self._client(), self.rng.choice(("stranger", "acquainted", "trusted", "loyal"))
        set_stage(self.ws, client.client_no, to, "谈过几次", by=self.desk.staff_no, at=self._now(), seen=client.stage)
        return (client.client_no, to)

    def tier(self) -> tuple[str, ...]:
        from coach.services.contacts import set_tier

        client, to = self._client(), self.rng.choice("ABC")
        set_tier(self.ws, client.client_no, to, "看过资产", by=self.desk.staff_no, at=self._now(), seen=client.tier)
        return (client.client_no, to)

    def skip(self) -> tuple[str, ...]:
        from coach.services.day import plan, skip_task

        tasks = [t for t in plan(self.ws, self.desk.staff_no, TODAY).tasks if t.state != "done"]
        if not tasks:
            return ()
        task = self.rng.choice(tasks)
        skip_task(self.ws, self.desk.staff_no, TODAY, task.task_no, skipped=task.state == "open")
        return ()

    def practice(self) -> tuple[str, ...]:
        from coach.services.practice import begin, finish, say
        from coach.services.practice_files import scenarios

        playing = begin(self.ws, scenarios(self.ws)[0], staff_no=self.desk.staff_no, today=TODAY)
        say(self.ws, playing, "您好，我是您的客户经理，您的存款快到期了，想跟您约个时间聊聊。")
        if self.rng.random() < 0.3:
            finish(self.ws, playing)
        return (playing.attempt_no,)

    def report(self) -> tuple[str, ...]:
        from coach.services.report import make

        make(self.ws, TODAY - timedelta(7), TODAY, TODAY)
        return ()

    def log(self) -> tuple[str, ...]:
        from coach.services.log_read import entries

        entries(self.ws)
        return ()


def main() -> None:
    desk = Desk(**json.load(sys.stdin))
    ws = opened(desk)
    work(desk, ws, lambda done: print(json.dumps(asdict(done), ensure_ascii=False), flush=True))
    ws.close()


if __name__ == "__main__":
    main()
