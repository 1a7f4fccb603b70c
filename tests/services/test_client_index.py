"""The list in memory gives what the database gives, in the same order, and never what was there before."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from threading import Thread
from typing import Any

import pytest

from coach.services import client_index
from coach.services.clients import ClientQuery, client_numbers, list_clients
from coach.services.signals import touch
from coach.store.db import session
from coach.store.tables import Client

WORDS = ("", "w", "WANG", "lm", "陈", "1000", "%", "_", "陈 1", "no such", "\\", "退休")


@pytest.mark.parametrize("sort", ["assets", "name", "tier", "stage", "client_no"])
def test_as_the_database_answers(demo_ws: Any, sort: Any) -> None:
    for text, manager, reverse in product(WORDS, (None, "1001"), (False, True)):
        query = ClientQuery(text=text, manager=manager, sort=sort, reverse=reverse)
        assert client_index.serves(demo_ws, query)
        assert client_numbers(demo_ws, query) == [row.client_no for row in list_clients(demo_ws, query)], query
    narrow = ClientQuery(tier="A", stage="loyal", sort=sort)
    assert client_numbers(demo_ws, narrow) == [row.client_no for row in list_clients(demo_ws, narrow)] != []


def test_what_is_written_is_seen_and_the_old_columns_go(demo_ws: Any) -> None:
    everyone = ClientQuery(manager="1001")
    first = client_numbers(demo_ws, everyone)
    with session(demo_ws.engine) as s:
        client = s.get(Client, first[-1])
        client.assets_fen, client.search_key = 10**14, "brandnew"
        touch(s)
    assert client_numbers(demo_ws, everyone) == [first[-1], *first[:-1]]
    assert client_numbers(demo_ws, replace(everyone, text="brandnew")) == [first[-1]]
    assert len([key for key in demo_ws.kept if key[0] == "list"]) == 1


def test_threads_that_ask_at_once_load_once(demo_ws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    loads, real = [], client_index.fetch
    monkeypatch.setattr(client_index, "fetch", lambda *given: loads.append(1) or real(*given))
    found: list[int] = []
    threads = [Thread(target=lambda: found.append(len(client_numbers(demo_ws, ClientQuery())))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(loads)) == ([600] * 6, 1)


def test_only_some_clients_are_left_to_the_database(demo_ws: Any) -> None:
    some = client_numbers(demo_ws, ClientQuery())[:3]
    query = ClientQuery(among=some, sort="client_no")
    assert not client_index.serves(demo_ws, query)
    assert client_numbers(demo_ws, query) == sorted(some)
