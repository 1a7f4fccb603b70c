"""Levelling the books of people who share one pool of clients: plain steps that can be explained, no solver.

* :meth:`Pool.deal`: the largest client goes to whoever has the least value for their capacity and still has
  room in number; room is shared out so that the numbers come out level.
* :meth:`Pool.improve`: then, step by step, a client is given by who has too many to who has too few, or two
  clients change places between who has too much value and who has too little. Each step takes the client (or
  the pair) that closes the gap best. It ends within the aims, at the budget, or where no step helps.

Every step lowers the unevenness of the numbers, or keeps it and lowers that of the values, so it comes to an
end; nobody's number or value is pushed above both where the highest stood at the start and the tolerance.
Amounts are integer fen; capacities are whole percent. The same input gives the same output: ties go by number.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Item = tuple[int, str]
"""Assets in fen, client number."""

NEAR_ENOUGH = 100
"""A pair that misses the gap by less than this part of it is taken without looking further."""


@dataclass(slots=True)
class Person:
    """One member of staff and their book as it stands."""

    staff_no: str
    post: str
    capacity: int
    """In percent of a full book."""
    harder: bool = False
    number: int = 0
    value: int = 0
    hard: int = 0
    """Difficult clients among ``number``."""
    free: tuple[list[Item], list[Item]] = field(default_factory=lambda: ([], []))
    """Clients that may move, by assets: the ordinary ones, the difficult ones."""


@dataclass(slots=True)
class Pool:
    """People who share clients among them, in order of their staff numbers."""

    people: list[Person]
    hard: frozenset[str] = frozenset()
    """The difficult clients."""
    origin: dict[str, str | None] = field(default_factory=dict)
    """Present manager of each client that may move; ``None`` where somebody else must take over, which costs no move."""
    owner: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    keep_reasons: bool = False
    """Levelling gives no reasons of its own: everyone is dealt out anyway."""
    spent: int = 0
    """Clients now with another manager than before who could have stayed."""

    def hold(self, item: Item, at: int, *, free: bool) -> None:
        """Put a client into somebody's book; ``free`` = it may leave again."""
        assets, client_no = item
        who, hard = self.people[at], client_no in self.hard
        who.number, who.value, who.hard = who.number + 1, who.value + assets, who.hard + hard
        self.owner[client_no] = at
        if free:
            insort(who.free[hard], item)
            self.spent += self._cost(client_no, at)

    def _cost(self, client_no: str, at: int) -> int:
        return int(self.origin[client_no] not in (None, self.people[at].staff_no))

    def _price(self, client_no: str, to: int) -> int:
        return self._cost(client_no, to) - self._cost(client_no, self.owner[client_no])

    def _move(self, item: Item, to: int, why: str) -> None:
        assets, client_no = item
        at, hard = self.owner[client_no], client_no in self.hard
        who, books = self.people[at], self.people[at].free[hard]
        del books[bisect_left(books, item)]
        who.number, who.value, who.hard = who.number - 1, who.value - assets, who.hard - hard
        self.spent -= self._cost(client_no, at)
        self.hold(item, to, free=True)
        if not self.keep_reasons and self.origin[client_no] is not None and self.why.get(client_no) != "post":
            self.why[client_no] = why

    # --- dealing ----------------------------------------------------------------------------------------------------

    def deal(self, items: Sequence[Item], harder: float = 1.0) -> None:
        """Give out clients, largest first to the poorest, so that numbers and values come out level (A14).

        Difficult clients come first: who may take harder ones gets ``harder`` times as many of them.
        """
        room = level_room([p.number for p in self.people], [float(p.capacity) for p in self.people], len(items))
        difficult = [item for item in items if item[1] in self.hard]
        if difficult:
            weights = [p.capacity * (harder if p.harder else 1.0) for p in self.people]
            share = level_room([p.hard for p in self.people], weights, len(difficult))
            hard_room = [min(a, b) for a, b in zip(share, room, strict=True)]
            room = [a - b for a, b in zip(room, hard_room, strict=True)]
            left = self._give(difficult, hard_room, "harder")
            items = [*left, *(item for item in items if item[1] not in self.hard)]
        self._give(items, room, "dealt")

    def _give(self, items: Iterable[Item], room: list[int], why: str) -> list[Item]:
        """Largest first to the poorest with room; what found none comes back, and ``room`` is used up."""
        queue = [(p.value / p.capacity, at) for at, p in enumerate(self.people) if room[at]]
        heapq.heapify(queue)
        left = []
        for item in sorted(items, key=lambda i: (-i[0], i[1])):
            if not queue:
                left.append(item)
                continue
            _, at = heapq.heappop(queue)
            self.hold(item, at, free=True)
            reason = "dealt" if why == "harder" and not self.people[at].harder else why
            self.why.setdefault(item[1], reason)
            room[at] -= 1
            if room[at]:
                heapq.heappush(queue, (self.people[at].value / self.people[at].capacity, at))
        return left

    # --- levelling --------------------------------------------------------------------------------------------------

    def improve(self, aim: tuple[float, float], tolerance: tuple[float, float], budget: int | None) -> None:
        """Level value and number (in this order in ``aim`` and ``tolerance``: shares of the mean) within ``budget`` moves."""
        if len(self.people) < 2:
            return
        bounds = _Bounds(self, aim, tolerance)
        while True:
            off = sorted(
                ((self._off(kind) / most, kind) for kind, most in zip(("value", "number"), aim, strict=True)), key=lambda o: -o[0]
            )
            steps = [self._value_step if kind == "value" else self._number_step for far, kind in off if far > 1]
            if not any(step(bounds, budget) for step in steps):
                return

    def levels(self, kind: str) -> list[float]:
        """Everyone's value or number for their capacity."""
        return [(p.value if kind == "value" else p.number) / p.capacity for p in self.people]

    def mean(self, kind: str) -> float:
        """The level at which everyone would stand alike."""
        return sum(p.value if kind == "value" else p.number for p in self.people) / sum(p.capacity for p in self.people)

    def _off(self, kind: str) -> float:
        mean, levels = self.mean(kind), self.levels(kind)
        return max(max(levels) - mean, mean - min(levels)) / mean if mean else 0.0

    def _pairs(self, kind: str, least: float) -> Iterator[tuple[int, int]]:
        """(more, less) whose levels differ by more than ``least``, the widest gap first."""
        levels = self.levels(kind)
        order = sorted(range(len(levels)), key=lambda at: (levels[at], self.people[at].staff_no))
        if levels[order[-1]] - levels[order[0]] > least:
            yield order[-1], order[0]  # nearly always enough
            wide = [(levels[b] - levels[a], b, a) for a in order for b in order if levels[b] - levels[a] > least]
            yield from ((b, a) for _, b, a in sorted(wide, key=lambda w: (-w[0], w[1], w[2])))

    def _gap(self, kind: str, more: int, less: int) -> float:
        """What has to pass from one to the other so that both stand alike."""
        a, b = self.people[more], self.people[less]
        x, y = (a.value, b.value) if kind == "value" else (a.number, b.number)
        return (x * b.capacity - y * a.capacity) / (a.capacity + b.capacity)

    def _number_step(self, bounds: _Bounds, budget: int | None) -> bool:
        for more, less in self._pairs("number", bounds.least["number"]):
            count, value = self._gap("number", more, less), self._gap("value", more, less)
            if count <= 0.5 or bounds.room("number", less) < 1:
                continue
            item = self._gift(more, less, max(value, 0.0) / max(count, 1.0), bounds.room("value", less), budget)
            if item is not None:
                self._move(item, less, "number")
                return True
        return False

    def _value_step(self, bounds: _Bounds, budget: int | None) -> bool:
        for more, less in self._pairs("value", bounds.least["value"]):
            gap, count = self._gap("value", more, less), self._gap("number", more, less)
            most = bounds.room("value", less)
            if count > 0.5 and bounds.room("number", less) >= 1:
                item = self._gift(more, less, gap / max(count, 1.0), most, budget)
                if item is not None and 0 < item[0] < 2 * gap:
                    self._move(item, less, "value")
                    return True
            for mine, theirs in ((0, 0), (1, 1), (0, 1), (1, 0)):
                pair = _best_pair(self.people[more].free[mine], self.people[less].free[theirs], gap, most)
                if pair is None:
                    continue
                price = self._price(pair[0][1], less) + self._price(pair[1][1], more)
                if budget is None or self.spent + price <= budget:
                    self._move(pair[0], less, "exchange")
                    self._move(pair[1], more, "exchange")
                    return True
        return False

    def _gift(self, more: int, less: int, wanted: float, most: float, budget: int | None) -> Item | None:
        """The ordinary client nearest to a wanted value and not above ``most``; a difficult one where there is no ordinary."""
        for books in self.people[more].free:
            at = bisect_left(books, (int(wanted), ""))
            near = sorted((abs(books[i][0] - wanted), books[i]) for i in range(max(at - 2, 0), min(at + 2, len(books))))
            chosen = next((item for _, item in near if item[0] <= most), books[0] if books and books[0][0] <= most else None)
            if chosen and (budget is None or self.spent + self._price(chosen[1], less) <= budget):
                return chosen
        return None


class _Bounds:
    """What a step may do: the gap that it must find, and up to where it may push somebody."""

    def __init__(self, pool: Pool, aim: tuple[float, float], tolerance: tuple[float, float]) -> None:
        self._people = pool.people
        self.least: dict[str, float] = {}
        """Two levels nearer than this are left alone."""
        self._highest: dict[str, float] = {}
        """Where the highest stood at the start, or the tolerance where that is more."""
        for kind, near, wide in zip(("value", "number"), aim, tolerance, strict=True):
            mean = pool.mean(kind)
            self.least[kind] = mean * near
            self._highest[kind] = max(*pool.levels(kind), mean * (1 + wide))

    def room(self, kind: str, at: int) -> float:
        """How much more value, or how many more clients, somebody may take."""
        who = self._people[at]
        return self._highest[kind] * who.capacity - (who.value if kind == "value" else who.number)


def _best_pair(mine: Sequence[Item], theirs: Sequence[Item], gap: float, most: float) -> tuple[Item, Item] | None:
    """The two clients whose difference in assets is nearest to ``gap``; it is above nothing, below twice the gap, not above ``most``."""
    if not mine or not theirs:
        return None
    best: tuple[float, Item, Item] | None = None
    least, last = theirs[0][0], len(theirs)
    start = bisect_left(mine, (int(gap) + least, ""))  # a smaller one never passes as much as the gap: of these the largest is best
    for item in mine[max(start - 1, 0) :]:
        at = bisect_left(theirs, (int(item[0] - gap), ""))
        for near in range(max(at - 1, 0), min(at + 2, last)):
            passed = item[0] - theirs[near][0]
            miss = abs(passed - gap)
            if 0 < passed < 2 * gap and passed <= most and (best is None or miss < best[0]):
                best = (miss, item, theirs[near])
                if miss * NEAR_ENOUGH <= gap:
                    return best[1], best[2]
    return None if best is None else (best[1], best[2])


def level_room(have: Sequence[int], weights: Sequence[float], new: int) -> list[int]:
    """How many of ``new`` clients each gets so that the numbers come out as level as they can, for their weights."""
    room = [0] * len(have)
    queue = [((have[at] + 1) / weights[at], at) for at in range(len(have))]
    heapq.heapify(queue)
    for _ in range(new if have else 0):
        _, at = heapq.heappop(queue)
        room[at] += 1
        heapq.heappush(queue, ((have[at] + room[at] + 1) / weights[at], at))
    return room


def ratios(people: Iterable[Person], names: Mapping[str, str]) -> tuple[dict[str, float], dict[str, float]]:
    """Highest over mean by post, of value and of number, for the capacity; 1 where a post has nothing. ``names``: staff_no → key."""
    by_post: dict[str, list[Person]] = {}
    for person in people:
        by_post.setdefault(names[person.staff_no], []).append(person)
    out: list[dict[str, float]] = []
    for of in (lambda p: p.value, lambda p: p.number):
        told = {}
        for post, members in sorted(by_post.items()):
            mean = sum(of(p) for p in members) / sum(p.capacity for p in members)
            told[post] = max(of(p) / p.capacity for p in members) / mean if mean else 1.0
        out.append(told)
    return out[0], out[1]
