"""Hearing of what others change: a connection of its own that listens to PostgreSQL's notices on the channel ``coach``."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from sqlalchemy.engine import Engine

from coach.store import postgres

CHANNEL = "coach"
BRANCH = "branch"
"""The payload for what concerns everybody; else it is the MD5 of a staff number."""

_AGAIN = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries to connect anew."""


class Listener:
    """A thread that calls back with each notice's payload, and tells when the connection goes and comes.

    It connects anew by itself; ``heard(BRANCH)`` follows each time, since notices may have been missed. On SQLite nothing listens.
    """

    def __init__(self, engine: Engine, heard: Callable[[str], None], connected: Callable[[bool], None] = lambda _there: None) -> None:
        self._engine, self._heard, self._connected = engine, heard, connected
        self._stop = Event()
        self._wake, self._woken = socket.socketpair()
        self._thread = Thread(target=self._run, name="listening", daemon=True)

    @classmethod
    def on(cls, engine: Engine, heard: Callable[[str], None], connected: Callable[[bool], None] = lambda _there: None) -> Listener | None:
        """Begin to listen; ``None`` on SQLite."""
        if engine.dialect.name != "postgresql":
            return None
        listener = cls(engine, heard, connected)
        listener._thread.start()
        return listener

    def close(self) -> None:
        """Stop listening. Waits for the thread for a moment only."""
        self._stop.set()
        self._wake.send(b".")
        self._thread.join(1)

    def _run(self) -> None:
        import psycopg

        tries, there = 0, True  # the first connection is nothing to tell of
        while not self._stop.is_set():
            try:
                with self._connection() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    if tries:
                        self._heard(BRANCH)
                    if not there:
                        self._connected(True)
                    tries, there = 0, True
                    self._hear(connection)
            except (psycopg.Error, OSError):
                if there and not self._stop.is_set():
                    there = False
                    self._connected(False)
            self._stop.wait(_AGAIN[min(tries, len(_AGAIN) - 1)])
            tries += 1

    def _connection(self) -> Any:
        arguments = self._engine.dialect.create_connect_args(self._engine.url)[1]
        return postgres.plain_connection(arguments, "coach listening")

    def _hear(self, connection: Any) -> None:
        """Until the connection goes or we are told to stop."""
        while not self._stop.is_set():
            for notice in connection.notifies(timeout=0):
                self._heard(notice.payload)
            select.select([connection.fileno(), self._woken], [], [], 30)
            if connection.broken:
                return
