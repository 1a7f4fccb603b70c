"""A signal's evidence as one line in words: «安心存 12.5万元，12月1日到期，还有 7 天».

Reads the evidence as the rules made it (fen) and as it goes out (yuan): the picture carries the one, the suggestion
the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from coach.domain.format import day, money, percent
from coach.domain.words import Lang, label, pick


class _Evidence:
    """Reading helpers over one evidence dict; a missing fact reads as an empty text."""

    def __init__(self, evidence: Mapping[str, Any], lang: Lang, today: date, names: Mapping[str, str]) -> None:
        self.all, self.lang, self.today, self.names = evidence, lang, today, names

    def text(self, key: str) -> str:
        value = self.all.get(key)
        return "" if value is None else str(value)

    def word(self, key: str) -> str:
        return label(self.text(key), self.lang) if self.text(key) else ""

    def money(self, key: str) -> str:
        fen = self.all.get(f"{key}_fen")
        if fen is None:
            yuan = self.all.get(key)
            if not isinstance(yuan, int | float) or isinstance(yuan, bool):
                return ""
            fen = int(Decimal(str(yuan)) * 100)
        return money(abs(int(fen)), self.lang)

    def negative(self, key: str) -> bool:
        return (self.all.get(f"{key}_fen") or self.all.get(key) or 0) < 0

    def day(self, key: str) -> str:
        value = self.all.get(key)
        if not value:
            return ""
        return day(value if isinstance(value, date) else date.fromisoformat(str(value)[:10]), self.lang, self.today)

    def say(self, zh: str, en: str) -> str:
        return pick(self.lang, zh, en)

    def days(self, key: str, zh: str, en: str) -> str:
        """A number of days put into a phrase; English says «1 day», «2 days»."""
        value = self.all.get(key)
        if value is None:
            return ""
        return self.say(zh.format(n=value), en.format(n=f"{value} day{'' if value == 1 else 's'}"))


def evidence_text(signal: str, evidence: Mapping[str, Any], lang: Lang, today: date, names: Mapping[str, str] | None = None) -> str:
    """The evidence of a signal in one line; empty where the signal says all by itself.

    ``names``: how the policy's products and levels are called, by id.
    """
    e = _Evidence(evidence, lang, today, names or {})
    parts = [*_PARTS.get(signal, _general)(e), _lowered(evidence.get("lowered"), lang)]
    return pick(lang, "，", ", ").join(part for part in parts if part)


def _lowered(why: Mapping[str, Any] | None, lang: Lang) -> str:
    """That the branch's rule puts the play later, because it is often left aside."""
    if not why:
        return ""
    return pick(
        lang, "近 {days} 天这种打法 {used} 次里有 {ignored} 次没采用，优先级减 {points}",
        "in {days} days this play was left aside {ignored} times of {used}: priority less {points}",
    ).format(**why)  # fmt: skip


def _maturity(e: _Evidence) -> list[str]:
    named = e.text("product") or e.word("product_type")
    past = e.all.get("days_past")
    left = e.all.get("days_left")
    if past is None and left is not None and left < 0:
        past = -left
    when = e.say(f"{e.day('matures_on')}到期", f"matures on {e.day('matures_on')}") if e.day("matures_on") else ""
    if past:
        rest = e.say(f"已过 {past} 天", f"{past} day{'' if past == 1 else 's'} ago")
    elif left == 0:
        rest = e.say("就在今天", "today")
    else:
        rest = e.days("days_left", "还有 {n} 天", "{n} left")
    return [f"{named} {e.money('amount')}".strip(), when, rest]


def _cadence(e: _Evidence) -> list[str]:
    last, channel = e.day("last_on"), e.word("channel")
    return [
        e.say(f"上次{channel} {last}", f"last {channel.lower()} on {last}") if last else "",
        e.days("overdue_days", "超过联系节奏 {n} 天", "{n} over the rhythm") if e.all.get("overdue_days") else "",
    ]


def _level(e: _Evidence) -> list[str]:
    return [
        e.names.get(e.text("level"), e.text("level")),
        e.say(f"权益线 {e.money('line')}", f"benefit line {e.money('line')}") if e.money("line") else "",
        e.say(f"还差 {e.money('gap')}", f"{e.money('gap')} to go") if e.money("gap") else "",
    ]


def _benefit(e: _Evidence) -> list[str]:
    assets = e.money("assets")
    return [e.names.get(e.text("level"), ""), e.say(f"资产 {assets}", f"assets {assets}") if assets else "",
            e.say(f"已到权益线 {e.money('line')}", f"benefit line {e.money('line')} reached") if e.money("line") else ""]


def _movement(e: _Evidence) -> list[str]:
    way = e.say("转出" if e.negative("amount") else "转入", "out" if e.negative("amount") else "in")
    return [e.day("on"), f"{way} {e.money('amount')}", e.text("counterparty"), e.text("counterparty_bank"), e.text("purpose")]


def _outflow(e: _Evidence) -> list[str]:
    share = e.all.get("drop_share")
    shown = f"（{percent(share)}）" if share is not None and e.lang == "zh" else f" ({percent(share)})" if share is not None else ""
    peak_on = e.day("peak_on")
    return [e.say(f"比最高时少了 {e.money('drop')}{shown}", f"{e.money('drop')}{shown} below the peak"),
            e.say(f"最高 {e.money('peak')}，{peak_on}", f"peak {e.money('peak')} on {peak_on}") if peak_on else ""]


_WHO = {"本人": "the client", "儿子": "the son", "女儿": "the daughter", "配偶": "the spouse", "父亲": "the father", "母亲": "the mother"}
_DATES = {"生日": "birthday", "结婚纪念日": "wedding anniversary", "开户纪念日": "account anniversary"}


def _key_date(e: _Evidence) -> list[str]:
    whom, what = e.text("who"), e.text("label")
    if e.lang == "en":
        whom, what = _WHO.get(whom, whom), _DATES.get(what, what)
    left = e.say("就在今天", "today") if e.all.get("days_to") == 0 else e.days("days_to", "还有 {n} 天", "in {n}")
    return [e.say(f"{whom}的{what}" if whom else what, f"{what} of {whom}" if whom else what), left]


def _event(e: _Evidence) -> list[str]:
    left = e.say("就在今天", "today") if e.all.get("days_to") == 0 else e.days("days_to", "还有 {n} 天", "in {n}")
    return [e.text("title"), e.text("place"), left]


def _windfall(e: _Evidence) -> list[str]:
    return [e.text("tag")]


def _single(e: _Evidence) -> list[str]:
    kind = e.word("product_type")
    return [e.say(f"只持有{kind}", f"holds only {kind.lower()}") if kind else "", e.money("amount")]


def _fit(e: _Evidence) -> list[str]:
    return [e.names.get(e.text("product_id"), e.text("product_id")), e.text("risk")]


def _referral(e: _Evidence) -> list[str]:
    n = e.all.get("contacts")
    return [e.say(f"近 90 天有效接触 {n} 次", f"{n} effective contacts in 90 days") if n else ""]


def _competitor(e: _Evidence) -> list[str]:
    return [e.text("bank"), e.say(f"{e.text('count')} 笔", f"{e.text('count')} movements") if e.text("count") else "",
            e.say(f"合计 {e.money('total')}", f"{e.money('total')} in all") if e.money("total") else ""]


def _follow_up(e: _Evidence) -> list[str]:
    promised = e.day("promised_on")
    late = e.all.get("overdue_days")
    return [e.say(f"约定 {promised}", f"promised for {promised}") if promised else "", e.text("summary"),
            *(_maturity(e) if e.all.get("matures_on") and not promised else []),
            e.days("overdue_days", "逾期 {n} 天", "{n} late") if late else ""]


def _unclaimed(e: _Evidence) -> list[str]:
    since = e.day("assigned_on") or e.day("since")
    return [e.say(f"{since}起分管", f"assigned on {since}") if since else "", e.say("还没有有效接触", "no effective contact yet")]


def _general(e: _Evidence) -> list[str]:
    return []


_PARTS = {
    "unclaimed": _unclaimed, "cadence_due": _cadence, "maturity_due": _maturity, "threshold_near": _level, "benefit_due": _benefit,
    "large_movement": _movement, "outflow": _outflow, "key_date": _key_date, "event_due": _event, "windfall": _windfall,
    "product_fit": _fit, "single_product": _single, "referral_ready": _referral, "competitor_flow": _competitor, "follow_up": _follow_up,
}
