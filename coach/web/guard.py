"""Who may come in: the token, the sessions that it opens, and a brake on guessing. No I/O, so that every rule can be tried."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from math import ceil

LEAST_TOKEN = 12
"""Characters that a token must have at the least."""
SESSION_S = 12 * 3600
"""Seconds after which one has to log in again: a working day."""
FREE_FAILURES = 3
"""Wrong tokens from one place before it has to wait; then 1, 2, 4 … seconds, at most :data:`LONGEST_WAIT_S`."""
LONGEST_WAIT_S = 300.0
FORGIVEN_S = 3600.0
"""Seconds after which a place's failures are forgotten."""
MOST_PLACES = 10_000
MOST_SESSIONS = 1_000


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own and nobody else's."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def place_of(address: str | None) -> str:
    """Whom a failure is counted against: an IPv4 address, or the /64 of an IPv6 address, all of which one machine can use."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if ip.version == 6 and (mapped := ip.ipv4_mapped) is not None:
        return str(mapped)
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network(f"{ip}/64", strict=False))


@dataclass(slots=True)
class Guard:
    """``token`` is ``None`` where everybody who reaches the address may come in."""

    token: str | None
    clock: Callable[[], float] = time.monotonic
    _sessions: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """Digest of a session's secret → when it ends."""
    _failures: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def wait(self, place: str) -> int:
        """Whole seconds until a place may try again; 0 = now."""
        count, last = self._failures.get(place, (0, 0.0))
        gone = self.clock() - last
        if gone > FORGIVEN_S:
            self._failures.pop(place, None)
            return 0
        if count < FREE_FAILURES:
            return 0
        return max(ceil(min(2.0 ** min(count - FREE_FAILURES, 30), LONGEST_WAIT_S) - gone), 0)

    def login(self, given: str, place: str) -> str | None:
        """The secret of a new session; ``None`` where the token is wrong or the place has to wait (which is not even looked at)."""
        if self.token is None or self.wait(place):
            return None
        if not hmac.compare_digest(_digest(given), _digest(self.token)):
            count, _ = self._failures.pop(place, (0, 0.0))
            self._failures[place] = count + 1, self.clock()
            while len(self._failures) > MOST_PLACES:
                self._failures.popitem(last=False)
            return None
        self._failures.pop(place, None)
        secret = secrets.token_urlsafe(32)
        self._sessions[_digest(secret)] = self.clock() + SESSION_S
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return secret

    def admits(self, secret: str | None) -> bool:
        """Whether a session's secret is good; everybody's is where no token is asked for."""
        if self.token is None:
            return True
        ends = self._sessions.get(_digest(secret)) if secret else None
        return ends is not None and self.clock() < ends

    def logout(self, secret: str | None) -> None:
        """End a session."""
        if secret:
            self._sessions.pop(_digest(secret), None)


def _digest(text: str) -> str:
    """Digests are of one length, so that a comparison tells nothing of the token's."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
