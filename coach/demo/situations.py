"""What happens to some clients of a book: money that goes out or comes in, another bank, land taken, a child's exam.

Each situation is given to a share of those whom it fits (at least one of a book of some size), never to a
client who asked not to be contacted, so that every signal has its examples whatever the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

from coach.demo import talk, words
from coach.demo.lives import YUAN, Life, Move, give_child, pick
from coach.demo.words import PAYERS, PURPOSE
from coach.domain.words import Lang


def befall(rng: Random, lives: Sequence[Life], today: date, lang: Lang) -> None:
    """Lay the situations of a book on its clients."""

    def some(name: str, share: float, fits: Callable[[Life], bool]) -> list[Life]:
        able = [life for life in lives if life.open_to_contact and not life.situations & _MONEY and fits(life)]
        chosen = rng.sample(able, min(len(able), max(1, round(len(lives) * share))))
        for life in chosen:
            life.situations.add(name)
        return chosen

    settled = today - timedelta(days=240)
    for life in some("outflow", 0.02, lambda c: c.assets >= 100_000 * YUAN and c.opened < settled and c.wealth != "top"):
        _outflow(rng, life, today, lang)
    for life in some("large", 0.025, lambda c: c.assets >= 110_000 * YUAN and c.opened < settled):
        _large(rng, life, today, lang)
    for life in some("competitor", 0.04, lambda c: c.assets >= 20_000 * YUAN and c.opened < settled and c.kind not in _NO_TRANSFERS):
        _competitor(rng, life, today, lang)
    for tag, share, fits in (
        ("征地", 0.006, lambda c: c.kind == "farmer"),
        ("拆迁", 0.006, lambda c: c.community[0] in words.OLD_COMMUNITIES and c.age >= 35),
        ("卖房", 0.005, lambda c: c.age >= 32 and c.wealth != "tiny"),
        ("上市", 0.002, lambda c: c.kind in ("young", "steady") and c.employer is not None and c.employer[0] in _TO_BE_LISTED),
        ("继承", 0.003, lambda c: 40 <= c.age <= 65),
    ):
        for life in some("windfall", share, fits):
            tag_pair, note = talk.WINDFALL[tag]
            life.tags.append(tag_pair)
            life.note = (note[0].format(place=life.community[0]), note[1].format(place=life.community[1]))
    for grade, share in ((12, 0.012), (9, 0.01)):
        for life in some("exam", share, lambda c: 38 <= c.age <= 50 and c.spouse and c.exam is None):
            give_child(life, life.kid or rng.choice((words.SON, words.DAUGHTER)), grade, today)


_NO_TRANSFERS = ("student", "farmer")
_TO_BE_LISTED = ("云启科技有限公司", "远望仪表有限公司")
_MONEY = {"outflow", "large", "competitor", "windfall"}


def _outflow(rng: Random, life: Life, today: date, lang: Lang) -> None:
    """A third to a half of what there was has gone, after one of the last five month-ends."""
    gone = int(life.assets * rng.uniform(0.8, 1.3)) // (1000 * YUAN) * 1000 * YUAN
    ago = rng.randint(35, 120)
    parts = rng.choice((1, 2))
    purpose, bank = rng.choice((("house", None), ("wealth", rng.choice(words.BANKS)), ("wedding", None), ("lent", None)))
    for part in range(parts):
        who = life.name if bank else pick(PAYERS[purpose], lang) or ""
        life.moves.append(
            Move(
                today - timedelta(days=ago - part * 3),
                -gone // parts,
                who,
                pick(PURPOSE[purpose], lang) or "",
                pick(bank, lang),
                fixed=True,
            )
        )


def _large(rng: Random, life: Life, today: date, lang: Lang) -> None:
    """One movement of fifty thousand or more in the last week."""
    incoming = life.assets < 300_000 * YUAN or rng.random() < 0.5
    most = min(int(life.assets * (0.6 if incoming else 0.2)) // YUAN, 900_000)
    amount = max(50_000, rng.randint(50_000, max(50_001, most)) // 1000 * 1000) * YUAN
    business = life.kind in ("shop", "firm")
    if incoming:
        purpose, who = (
            ("goods_in", pick(rng.choice(words.BUYERS), lang))
            if business
            else rng.choice((("sale", pick(PAYERS["sale"], lang)), ("own", life.name)))
        )
    else:
        purpose, who = ("goods_out", pick(words.SUPPLIERS[life.occupation[0]], lang)) if business else ("car", pick(PAYERS["car"], lang))
    life.moves.append(
        Move(
            today - timedelta(days=rng.randint(1, 6)),
            amount if incoming else -amount,
            who or "",
            pick(PURPOSE[purpose], lang) or "",
            fixed=True,
        )
    )


def _competitor(rng: Random, life: Life, today: date, lang: Lang) -> None:
    """Transfers to the client's own account at one other bank, again and again."""
    life.other_bank = rng.choice(words.BANKS)
    purpose = rng.choice(("wealth", "mortgage", "own"))
    amount = min(45_000, max(500, int(life.assets / YUAN * rng.uniform(0.01, 0.04)) // 100 * 100)) * YUAN
    count, last = rng.randint(3, 6), rng.randint(3, 25)
    for i in range(count):
        part = amount if purpose == "mortgage" else amount * rng.randint(8, 12) // 10
        life.moves.append(
            Move(
                today - timedelta(days=last + i * 28),
                -part,
                life.name,
                pick(PURPOSE[purpose], lang) or "",
                pick(life.other_bank, lang),
                fixed=True,
            )
        )
