"""What a manager remembers and does for clients: small gifts, dates of those close to them, invitations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

from coach.demo import talk
from coach.demo.calendar import know_lunar_year, last_festival, past_birthday
from coach.demo.lives import Life
from coach.demo.words import Pair
from coach.domain.lunar import next_lunar
from coach.domain.working_days import is_working_day


def give(rng: Random, life: Life, today: date) -> None:
    """Small gifts, each different, after the relationship had begun: at most three in all."""
    chance = {"trusted": 0.45, "acquainted": 0.06}.get(life.stage, 0.0)
    most = rng.randint(1, 3) if life.stage == "loyal" else int(rng.random() < chance)
    if not most or not life.talks:
        return
    known = life.talks[0].at.date()
    options = list(talk.GIFTS)
    rng.shuffle(options)
    for item, value, why in options:
        on = _when(rng, life, why, today)
        if on and known <= on < today and all(w[0] != on for w in life.gifts):
            life.gifts.append((on, item, value, talk.OCCASIONS[why]))
            if len(life.gifts) >= most:
                return


def _when(rng: Random, life: Life, why: str, today: date) -> date | None:
    liked = {i[0] for i in life.interests}
    suits = {
        "elders": life.age >= 60,
        "exam": life.exam is not None,
        "shop": life.kind in ("shop", "firm"),
        "cat": "养猫" in liked,
        "fishing": "钓鱼" in liked,
        "sport": bool(liked & {"跑步", "羽毛球", "徒步", "骑行", "广场舞"}),
    }
    if not suits.get(why, True):
        return None
    if why == "birthday":
        return past_birthday(life.born, today)
    feast = {"newyear": (1, 1), "midautumn": (8, 15), "elders": (9, 9)}.get(why)
    if feast:
        return last_festival(*feast, today) - timedelta(days=rng.randint(1, 6))
    visits = [t.at.date() for t in life.talks if t.channel == "visit"]
    return rng.choice(visits) if visits else None


_BIRTHDAY: Pair = ("生日", "birthday")
_WEDDING: Pair = ("结婚纪念日", "wedding anniversary")
_SELF: Pair = ("本人", "the client")


def remember(rng: Random, lives: Sequence[Life], today: date) -> None:
    """Dates of those close to the clients, more of them where more trust is; at least three fall in the next week."""
    for life in lives:
        chance = {"stranger": 0.03, "acquainted": 0.2, "trusted": 0.5, "loyal": 0.85}[life.stage]
        if life.spouse and rng.random() < chance:
            born = life.born + timedelta(days=rng.randint(-1500, 1500))
            lunar = life.age >= 48 and rng.random() < 0.4
            life.key_dates.append((_BIRTHDAY, _lunar_form(born) if lunar else born, "lunar" if lunar else "solar", _spouse(life)))
        if life.spouse and life.stage in ("trusted", "loyal") and rng.random() < 0.25:
            life.key_dates.append((_WEDDING, _plain(rng, life.born.year + rng.randint(23, 29), today), "solar", _SELF))
        if 30 <= life.age <= 58 and rng.random() < chance * 0.4:
            born = _lunar_form(life.born - timedelta(days=rng.randint(8400, 11_000)))
            life.key_dates.append((_BIRTHDAY, born, "lunar", rng.choice((("母亲", "mother"), ("父亲", "father")))))
    able = [c for c in lives if c.stage in ("trusted", "loyal") and c.open_to_contact and c.spouse and c.age >= 30]
    chosen = rng.sample(able, min(3, len(able)))
    for life, lunar in zip(chosen, (False, True, False), strict=False):
        soon = today + timedelta(days=rng.randint(1, 6))
        year = life.born.year + rng.randint(-2, 2)
        on = _lunar_of(soon, year) if lunar else None
        life.key_dates = [k for k in life.key_dates if k[0] != _BIRTHDAY or k[3] != _spouse(life)]
        life.key_dates.append((_BIRTHDAY, on or date(year, soon.month, min(soon.day, 28)), "lunar" if on else "solar", _spouse(life)))


def _spouse(life: Life) -> Pair:
    return ("丈夫", "husband") if life.female else ("妻子", "wife")


def _lunar_form(day: date) -> date:
    return day.replace(day=min(day.day, 28))


def _plain(rng: Random, year: int, today: date) -> date:
    return date(min(year, today.year - 1), rng.randint(1, 12), rng.randint(1, 28))


def _lunar_of(day: date, year: int) -> date | None:
    """The lunar month and day that fall on ``day`` this year, as a date of that lunar year."""
    for lunar_year in range(day.year - 1, day.year + 2):
        know_lunar_year(lunar_year)
    return next((date(year, m, d) for m in range(1, 13) for d in range(1, 29) if next_lunar(f"{m:02d}-{d:02d}", day) == day), None)


def events(today: date) -> list[tuple[str, str, Pair, date, Pair]]:
    """(number, kind, title, date, place): one in the next three days, one in two weeks, three past."""
    near = (today + timedelta(days=2), today + timedelta(days=1), today + timedelta(days=3))
    soon = next((d for d in near if is_working_day(d) or d.weekday() == 5), near[0])
    dates = (soon, today + timedelta(days=15), today - timedelta(days=19), today - timedelta(days=47), today - timedelta(days=88))
    return [(f"E{on:%Y%m%d}", kind, title, on, place) for (kind, title, place), on in zip(talk.EVENTS, dates, strict=True)]


def invite(rng: Random, lives: Sequence[Life], held: Sequence[tuple[str, str, Pair, date, Pair]], today: date) -> None:
    """Invitations to those whom an event suits, with what they answered."""
    suits: dict[str, Callable[[Life], bool]] = {
        "health": lambda c: c.age >= 45,
        "family": lambda c: c.kid is not None and c.kid_grade <= 9,
        "shop": lambda c: c.kind in ("shop", "firm"),
        "old": lambda c: c.age >= 55 or any(i[0] in ("书法", "喝茶") for i in c.interests),
        "sport": lambda c: c.age <= 70,
    }
    for number, kind, _, on, _ in held:
        able = [c for c in lives if c.stage != "stranger" and c.open_to_contact and suits[kind](c)]
        if on > today:
            able += [c for c in lives if c.stage == "stranger" and c.open_to_contact and suits[kind](c) and rng.random() < 0.1]
        chosen = rng.sample(able, min(len(able), max(2, round(len(lives) * 0.045))))
        for i, life in enumerate(chosen):
            if on < today:
                life.statuses[number] = rng.choices(("attended", "declined", "invited"), (50, 25, 25))[0]
            else:
                accepts = 4 if (on - today).days <= 3 else 3
                life.statuses[number] = "accepted" if i % 9 < accepts else rng.choice(("invited", "invited", "declined"))
