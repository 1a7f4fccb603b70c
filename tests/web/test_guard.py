"""Who may come in: the token, sessions, the brake on guessing; and a server that nobody guards is not reachable by others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.web.guard import (
    FORGIVEN_S,
    FREE_FAILURES,
    LONGEST_WAIT_S,
    MOST_PLACES,
    MOST_SESSIONS,
    SESSION_S,
    Guard,
    is_loopback,
    place_of,
)
from coach.web.server import Served, Server

TOKEN = "a token of some length"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Guard:
    return Guard(TOKEN, clock)


def test_the_token_opens_a_session_that_ends(guard: Guard, clock: Clock) -> None:
    secret = guard.login(TOKEN, "1.2.3.4")
    assert secret and guard.admits(secret) and TOKEN not in secret
    assert not guard.admits(None) and not guard.admits("") and not guard.admits(secret + "x") and not guard.admits(TOKEN)
    clock.now += SESSION_S - 1
    assert guard.admits(secret)
    clock.now += 1
    assert not guard.admits(secret)


def test_logging_out_ends_one_session_and_not_the_other(guard: Guard) -> None:
    one, two = guard.login(TOKEN, "a"), guard.login(TOKEN, "a")
    assert one != two
    guard.logout(one)
    guard.logout(None)
    assert not guard.admits(one) and guard.admits(two)


@given(st.text(max_size=40))
def test_nothing_but_the_token_is_the_token(given_text: str) -> None:
    assert (Guard(TOKEN).login(given_text, "p") is not None) == (given_text == TOKEN)


def test_guessing_is_slowed_and_even_the_right_one_waits(guard: Guard, clock: Clock) -> None:
    for _ in range(FREE_FAILURES):
        assert guard.wait("p") == 0 and guard.login("wrong", "p") is None
    waits = []
    for _ in range(12):
        wait = guard.wait("p")
        waits.append(wait)
        assert wait > 0 and guard.login(TOKEN, "p") is None, "not even looked at while one has to wait"
        assert guard.wait("p") == wait, "a try while waiting does not count"
        assert guard.wait("q") == 0 and guard.login(TOKEN, "q"), "others do not wait"
        clock.now += wait
        assert guard.login("wrong", "p") is None
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[int(LONGEST_WAIT_S)] * 3]
    clock.now += LONGEST_WAIT_S
    assert guard.login(TOKEN, "p") and guard.wait("p") == 0, "the right one forgives"


def test_failures_are_forgotten_and_memory_is_bounded(guard: Guard, clock: Clock) -> None:
    for _ in range(FREE_FAILURES + 5):
        guard.login("wrong", "p")
        clock.now += guard.wait("p")
    clock.now += FORGIVEN_S + 1
    assert guard.wait("p") == 0
    for n in range(MOST_PLACES + 10):
        guard.login("wrong", str(n))
    assert len(guard._failures) == MOST_PLACES
    for n in range(MOST_SESSIONS + 10):
        guard.login(TOKEN, f"s{n}")
    assert len(guard._sessions) == MOST_SESSIONS


def test_without_a_token_everybody_is_in_and_nobody_logs_in() -> None:
    guard = Guard(None)
    assert guard.admits(None) and guard.login("", "p") is None


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.5", False), ("localhost.evil.example", False), ("", False), ("127.0.0.1.evil.example", False)],
)  # fmt: skip
def test_what_is_this_machine_alone(host: str, own: bool) -> None:
    assert is_loopback(host) == own


def test_an_ipv6_neighbour_is_one_place() -> None:
    assert place_of("2001:db8:1:2::1") == place_of("2001:db8:1:2:ffff::9") != place_of("2001:db8:1:3::1")
    assert place_of("::ffff:10.0.0.1") == place_of("10.0.0.1") == "10.0.0.1" and place_of(None) == place_of("unix") == ""


@pytest.mark.parametrize(
    ("served", "local"),
    [(Served(), True), (Served(public_url="http://localhost:9000"), True), (Served(host="0.0.0.0"), False),
     (Served(public_url="https://coach.branch"), False), (Served(host="coach.branch"), False)],
)  # fmt: skip
def test_no_server_that_others_reach_is_without_a_token(served: Served, local: bool) -> None:
    assert served.local == local
    if local:
        Server(served)
    else:
        with pytest.raises(ValueError, match="token"):
            Server(served)
