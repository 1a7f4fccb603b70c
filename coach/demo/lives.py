"""Who the clients are: assets, age, work, family, interests, attitude to risk, so that they agree with one another.

A book's assets are as skewed as a real branch's: the richest 2 % hold about 80 % (method.md, figures).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from coach.demo import words
from coach.demo.calendar import days, know_lunar_year
from coach.demo.names import name
from coach.demo.words import Pair
from coach.domain.lunar import lunar_to_solar
from coach.domain.words import LANGS, Lang

YUAN = 100
"""Fen in a yuan; all money here is integer fen."""

TOP_SHARE, TOP_HOLDS = 0.02, 0.80

# class → (share of those who are not at the top, from, to in yuan)
_BODY = (
    ("tiny", 0.55, 60, 10_000),
    ("small", 0.22, 10_000, 50_000),
    ("middle", 0.15, 50_000, 200_000),
    ("well", 0.07, 200_000, 500_000),
    ("rich", 0.01, 500_000, 950_000),
)

_LIVES: dict[str, dict[str, int]] = {
    "tiny": {"worker": 25, "young": 24, "retired": 13, "farmer": 11, "steady": 7, "student": 9, "shop": 4, "home": 7},
    "small": {"worker": 19, "young": 20, "retired": 20, "farmer": 10, "steady": 15, "shop": 9, "home": 7},
    "middle": {"worker": 7, "young": 9, "retired": 30, "farmer": 5, "steady": 29, "shop": 14, "home": 6},
    "well": {"retired": 28, "farmer": 3, "steady": 30, "shop": 26, "firm": 6, "home": 7},
    "rich": {"retired": 25, "steady": 25, "shop": 25, "firm": 25},
    "top": {"firm": 58, "shop": 18, "retired": 14, "steady": 10},
}
_AGES = {
    "retired": (57, 84),
    "shop": (29, 60),
    "firm": (36, 62),
    "steady": (30, 56),
    "young": (22, 32),
    "worker": (24, 57),
    "farmer": (38, 70),
    "home": (29, 52),
    "student": (18, 22),
}
_WOMEN = {
    "retired": 0.55,
    "shop": 0.45,
    "firm": 0.25,
    "steady": 0.5,
    "young": 0.55,
    "worker": 0.4,
    "farmer": 0.4,
    "home": 0.9,
    "student": 0.5,
}


@dataclass(slots=True)
class Held:
    """A holding; ``amount`` in fen, what is owed for loans and cards."""

    key: str
    amount: int
    start: date | None = None
    matures: date | None = None


@dataclass(slots=True)
class Move:
    on: date
    amount: int
    counterparty: str
    purpose: str
    bank: str | None = None
    fixed: bool = False
    """Part of a situation: never scaled."""


@dataclass(slots=True)
class Talk:
    at: datetime
    channel: str
    outcome: str
    summary: str | None = None
    next_on: date | None = None


@dataclass(slots=True)
class Life:
    """One client as it is being made."""

    kind: str
    wealth: str
    assets: int
    female: bool
    born: date
    age: int
    name: str
    occupation: Pair
    employer: Pair | None
    community: Pair
    opened: date
    number: int = 0
    kid: Pair | None = None
    kid_grade: int = 99
    exam: Pair | None = None
    family: list[Pair] = field(default_factory=list)
    interests: list[Pair] = field(default_factory=list)
    tags: list[Pair] = field(default_factory=list)
    note: Pair | None = None
    risk: int | None = None
    assessed: date | None = None
    lunar: str | None = None
    spouse: bool = False
    stage: str = "stranger"
    scores: tuple[int, int, int] = (0, 2, 2)
    no_contact: bool = False
    consent: bool | None = True
    situations: set[str] = field(default_factory=set)
    other_bank: Pair | None = None
    card_lag: bool = False
    holdings: list[Held] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    key_dates: list[tuple[Pair, date, str, Pair]] = field(default_factory=list)
    gifts: list[tuple[date, Pair, int, Pair]] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)

    @property
    def open_to_contact(self) -> bool:
        return not self.no_contact


def draw_assets(rng: Random, count: int) -> list[tuple[str, int]]:
    """(class, fen) for each client of a book, in random order."""
    top = max(1, round(count * TOP_SHARE)) if count >= 10 else 0
    body: list[tuple[str, int]] = []
    for i in range(count - top):
        at = (i + rng.random()) / (count - top)
        for wealth, share, low, high in _BODY:
            if at < share or wealth == "rich":
                body.append((wealth, int(low * (high / low) ** min(at / share, 1.0) * YUAN) + rng.randrange(YUAN)))
                break
            at -= share
    shape = [(1 - (i + rng.uniform(0.3, 0.7)) / top) ** (-1 / 1.4) for i in range(top)]
    total = sum(a for _, a in body) * TOP_HOLDS / (1 - TOP_HOLDS) * rng.uniform(0.94, 1.06)
    drawn = body + [("top", int(total * s / sum(shape))) for s in shape]
    rng.shuffle(drawn)
    return drawn


def draw_life(rng: Random, wealth: str, assets: int, today: date, lang: Lang) -> Life:
    """A person whom such assets fit."""
    kind = rng.choices(list(_LIVES[wealth]), list(_LIVES[wealth].values()))[0]
    low, high = _AGES[kind]
    born = today - days((low + (high - low) * rng.random()) * 365.25 + rng.randrange(300))
    age = age_on(born, today)
    female = rng.random() < _WOMEN[kind]
    occupation, employers = rng.choice(words.OCCUPATIONS[kind])
    if occupation[0] == "全职妈妈" and not female:
        occupation, employers = words.OCCUPATIONS["home"][1]
    life = Life(
        kind,
        wealth,
        assets,
        female,
        born,
        age,
        name(rng, female=female, born=born.year, lang=lang),
        occupation,
        rng.choice(employers) if employers and rng.random() < 0.85 else None,
        rng.choice(words.VILLAGES if kind == "farmer" else words.COMMUNITIES),
        today - days(min(rng.uniform(1.3, 24), max(0.6, age - 16.5)) * 365),
    )
    if rng.random() < 0.06 and wealth in ("tiny", "small") and kind != "student":
        life.opened = today - timedelta(days=rng.randint(20, 380))
    _family(rng, life, today)
    pool = words.INTERESTS["old" if age >= 56 or kind == "farmer" else "young" if age < 32 else "mid"]
    life.interests = rng.sample(pool, rng.choices((0, 1, 2, 3), (20, 35, 33, 12))[0])
    if rng.random() < 0.42:
        life.note = rng.choice(words.NOTES[kind])
    if age >= 45 and rng.random() < 0.35:
        _lunar_birthday(rng, life)
    _attitude(rng, life, today)
    return life


def age_on(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _lunar_birthday(rng: Random, life: Life) -> None:
    month, day = rng.randint(1, 12), rng.randint(1, 29)
    know_lunar_year(life.born.year)
    life.born, life.lunar = lunar_to_solar(life.born.year, month, day), f"{month:02d}-{day:02d}"


def school_year(today: date) -> int:
    """The calendar year in which the present school year began."""
    return today.year if today.month >= 9 else today.year - 1


def _family(rng: Random, life: Life, today: date) -> None:
    if life.kind == "student":
        life.family.append(("父母在外地", "parents live in another town"))
        return
    life.spouse = life.age >= 27 and rng.random() < (0.85 if life.age >= 32 else 0.4)
    if life.spouse and life.age >= 27 and rng.random() < 0.9:
        give_child(life, rng.choice((words.SON, words.DAUGHTER)), school_year(today) - (life.born.year + rng.randint(24, 32)) - 5, today)
    if life.kind == "retired":
        life.family.append(rng.choice(_OLD_AGE) if life.spouse else ("独居", "lives alone"))
    elif 33 <= life.age <= 58 and rng.random() < 0.4:
        life.family.append(rng.choice(_PARENTS))


_OLD_AGE: tuple[Pair, ...] = (
    ("老伴健在", "lives with spouse"),
    ("带孙辈", "looks after a grandchild"),
    ("常去公园活动", "often in the park"),
)
_PARENTS: tuple[Pair, ...] = (
    ("父母同住", "parents live in the same household"),
    ("母亲独居老家", "mother lives alone in the home village"),
    ("父母在本小区另住", "parents live in the same estate"),
)
_GRADES: tuple[tuple[int, Pair], ...] = (
    (-3, ("刚添丁", "newborn")),
    (0, ("上幼儿园", "at kindergarten")),
    (6, ("上小学", "at primary school")),
    (8, ("上初中", "at junior high school")),
    (9, ("上初三", "in the final year of junior high")),
    (11, ("上高中", "at senior high school")),
    (12, ("上高三", "in the final year of senior high")),
    (16, ("上大学", "at university")),
    (20, ("在外地工作", "works in another town")),
    (99, ("已成家", "has a family of their own")),
)


def give_child(life: Life, kid: Pair, grade: int, today: date) -> None:
    """A child in that school year (1 = first of primary, 9 and 12 = the years of the exams; below 1 not yet at school)."""
    if grade < -5:
        return
    life.kid, life.kid_grade, life.exam = kid, grade, None
    says = next(text for upto, text in _GRADES if grade <= upto)
    if grade in (9, 12):
        exam = ("中考", "zhongkao") if grade == 9 else ("高考", "gaokao")
        when = ("今年", "this June") if 1 <= today.month <= 6 else ("明年", "next June")
        if today.month in (7, 8):
            life.exam = (f"今年刚考完{exam[0]}", f"has just taken the {exam[1]}")
        else:
            life.exam = (f"{when[0]}{exam[0]}", f"sits the {exam[1]} {when[1]}")
        says = (f"{says[0]}，{life.exam[0]}", f"{says[1]}, {life.exam[1]}")
    life.family = [f for f in life.family if not f[0].startswith(("儿子", "女儿"))]
    life.family.insert(0, (f"{kid[0]}{says[0]}", f"{kid[1]} {says[1]}" if grade > -3 else f"newborn {kid[1]}"))


def _attitude(rng: Random, life: Life, today: date) -> None:
    weights = (30, 45, 20, 5, 0) if life.age >= 57 else (8, 25, 42, 20, 5) if life.age >= 33 else (10, 22, 40, 20, 8)
    level = rng.choices((1, 2, 3, 4, 5), weights)[0]
    if rng.random() < (0.35 if life.wealth == "tiny" else 0.08):
        return
    life.risk = level
    ago = rng.randint(380, 900) if rng.random() < 0.25 else rng.randint(3, 350)
    life.assessed = today - timedelta(days=ago)


def pick(pair: Pair | None, lang: Lang, **values: Any) -> str | None:
    """A pair's text in one language, its slots filled."""
    if pair is None:
        return None
    text = pair[LANGS.index(lang)]
    return text.format(**values) if values else text
