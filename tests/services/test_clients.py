"""The client list: filters, order in both directions, search by initials; the picture of one."""

from __future__ import annotations

from datetime import date

import pytest

from coach.services.clients import ClientQuery, client_numbers, count_clients, list_clients, managers, picture
from coach.services.errors import Refused

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("sort", ["assets", "name", "tier", "stage", "client_no"])
def test_every_order_goes_both_ways_and_windows_fit_together(demo_ws, sort: str) -> None:
    for reverse in (False, True):
        query = ClientQuery(sort=sort, reverse=reverse)
        numbers = client_numbers(demo_ws, query)
        pages = [
            r.client_no
            for start in range(0, 600, 150)
            for r in list_clients(demo_ws, ClientQuery(sort=sort, reverse=reverse, offset=start, limit=150))
        ]
        assert numbers == pages and len(set(numbers)) == 600 == count_clients(demo_ws, query)
    assets = [r.assets_fen for r in list_clients(demo_ws, ClientQuery(reverse=True))]
    assert assets == sorted(assets)


def test_search_by_initials_number_and_a_wildcard_taken_literally(demo_ws) -> None:
    first = list_clients(demo_ws, ClientQuery(limit=1))[0]
    shown = picture(demo_ws, first.client_no, TODAY, lang="zh")
    assert first.client_no in {r.client_no for r in list_clients(demo_ws, ClientQuery(text=first.name))}
    assert first.client_no in {r.client_no for r in list_clients(demo_ws, ClientQuery(text=shown.phone))}
    assert list_clients(demo_ws, ClientQuery(text="%")) == []
    assert managers(demo_ws)[0][2] == 600


def test_an_unknown_client_is_refused(demo_ws) -> None:
    with pytest.raises(Refused, match="nobody"):
        picture(demo_ws, "nobody", TODAY, lang="zh")
