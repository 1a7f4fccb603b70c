"""A client's facts as slot values: what a text of the playbook may say about this client.

Every value comes from one record; nothing is guessed. A fact that is not known has no slot, and a
text that needs it is not used (:mod:`coach.domain.slots`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from coach.domain.ages import add_months
from coach.domain.client import ClientPicture, SignalFact
from coach.domain.format import day, money, month, percent
from coach.domain.policy import Policy
from coach.domain.slots import sane
from coach.domain.surnames import SURNAMES
from coach.domain.words import Lang, ProductType, label

_COMPOUND = ("欧阳", "司马", "诸葛", "上官", "司徒", "东方", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "端木")
_CHILD = re.compile(r"儿子|女儿|孩子|小孩|daughter|\bson\b|child", re.IGNORECASE)
_ELDER = re.compile(r"父母|母亲|父亲|妈妈|爸爸|老人|婆婆|公公|岳父|岳母|mother|father|parents", re.IGNORECASE)
_SPOUSE = re.compile(r"妻子|丈夫|爱人|太太|先生|老伴|wife|husband", re.IGNORECASE)
_EXAM = (
    (re.compile(r"高三|高考|college entrance|gaokao|final year of senior", re.IGNORECASE), ("高考", "college entrance exam")),
    (re.compile(r"初三|中考|senior high entrance|zhongkao|final year of junior", re.IGNORECASE), ("中考", "senior high entrance exam")),
    (re.compile(r"考研|postgraduate exam", re.IGNORECASE), ("考研", "postgraduate entrance exam")),
)
_BUSINESS = re.compile(r"店主|老板|个体|经营|企业主|商户|做.{1,6}生意|owner|runs a|business|shopkeeper|trader", re.IGNORECASE)
_KIN = {
    "儿子": "son",
    "女儿": "daughter",
    "孩子": "child",
    "小孩": "child",
    "父母": "parents",
    "母亲": "mother",
    "父亲": "father",
    "妈妈": "mother",
    "爸爸": "father",
    "老人": "parents",
    "婆婆": "mother-in-law",
    "公公": "father-in-law",
    "岳父": "father-in-law",
    "岳母": "mother-in-law",
    "妻子": "wife",
    "丈夫": "husband",
    "爱人": "spouse",
    "太太": "wife",
    "先生": "husband",
    "老伴": "spouse",
    "本人": "the client",
    "配偶": "spouse",
}
_KIN_ZH = {
    "son": "儿子",
    "daughter": "女儿",
    "child": "孩子",
    "parents": "父母",
    "mother": "母亲",
    "father": "父亲",
    "wife": "妻子",
    "husband": "丈夫",
    "the client": "本人",
    "self": "本人",
    "spouse": "爱人",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Slot values in one language, and for each the record that it stands in."""

    values: Mapping[str, str]
    records: Mapping[str, str]
    """Slot → record, e.g. ``client.family`` or ``maturity_due.amount_fen``."""

    @property
    def telling(self) -> tuple[str, ...]:
        """The values of more than one character: what can be looked for in a text."""
        return tuple(value for value in self.values.values() if len(value) > 1)

    def has(self, needs: Iterable[str]) -> bool:
        return all(need in self.values for need in needs)


def surname(name: str) -> str:
    """The family name: two characters for compound Chinese names; the first word of a Latin name."""
    if " " in name.strip():
        return name.split(maxsplit=1)[0]
    return name[:2] if name.startswith(_COMPOUND) and len(name) > 2 else name[:1]


def call_name(name: str, gender: str | None, lang: Lang) -> str:
    """``王女士`` / ``Ms Wang``; the full name where the gender is not known."""
    female = {"女": True, "F": True, "f": True, "female": True, "男": False, "M": False, "m": False, "male": False}.get(gender or "")
    if female is None or not name:
        return name
    family = surname(name)
    latin = family.isascii()
    if lang == "zh":
        return f"{family}{' ' if latin else ''}{'女士' if female else '先生'}"
    if not latin:
        family = _romanised(family)
    return f"{'Ms' if female else 'Mr'} {family}"


def _romanised(family: str) -> str:
    """A Chinese surname in Latin letters."""
    if family in SURNAMES:
        return SURNAMES[family][0].capitalize()
    from pypinyin import Style, lazy_pinyin  # 0.3 s: only where a Chinese name is read in English

    return "".join(lazy_pinyin(family, style=Style.NORMAL)).capitalize()


def _kin(word: str, lang: Lang) -> str:
    return _KIN.get(word, word) if lang == "en" else _KIN_ZH.get(word.lower(), word)


class _Builder:
    def __init__(self, lang: Lang, today: date) -> None:
        self.lang, self.today = lang, today
        self.values: dict[str, str] = {}
        self.records: dict[str, str] = {}

    def put(self, slot: str, value: Any, record: str) -> None:
        if value in (None, "") or slot in self.values:
            return
        if text := sane(slot, str(value), self.lang):
            self.values[slot], self.records[slot] = text, record

    def money(self, slot: str, fen: int | None, record: str) -> None:
        if fen is not None:
            self.put(slot, money(abs(fen), self.lang), record)

    def day(self, slot: str, value: date | str | None, record: str) -> None:
        if value:
            self.put(slot, day(date.fromisoformat(value) if isinstance(value, str) else value, self.lang, self.today), record)


def build_facts(client: ClientPicture, signals: Iterable[SignalFact], policy: Policy, today: date, lang: Lang) -> Facts:
    """The slot values of a client; evidence of the signals in the order given, the first one wins a slot.

    Where several signals carry the same slot (two maturities), only the first one's is used, so put
    the signal that the suggestion is about first.
    """
    out = _Builder(lang, today)
    for fact in signals:
        _EVIDENCE.get(fact.signal, _nothing)(out, fact, policy)
        out.day("on", fact.on, f"{fact.signal}.on")
    _client(out, client, policy)
    _relation(out, client)
    return Facts(out.values, out.records)


def _client(out: _Builder, c: ClientPicture, policy: Policy) -> None:
    out.put("name", c.name, "client.name")
    out.put("call_name", call_name(c.name, c.gender, out.lang), "client.name")
    for slot in ("occupation", "employer", "community", "note", "risk_level", "branch"):
        out.put(slot, getattr(c, slot), f"client.{slot}")
    level = next((lv for lv in policy.levels if c.card_level in (lv.id, lv.name, lv.name_en)), None)
    out.put("card_level", level.called(out.lang) if level else c.card_level, "client.card_level")
    if c.interests:
        turn = (sum(map(ord, c.client_no)) + out.today.toordinal() // 7) % len(c.interests)
        out.put("interest", c.interests[turn], "client.interests")
    _family(out, c)
    if c.occupation and _BUSINESS.search(c.occupation):
        out.put("business", c.occupation, "client.occupation")
    out.money("assets", c.assets_fen, "client.assets")
    deposits = sum(h.amount_fen for h in c.holdings if h.product_type in (ProductType.DEMAND, ProductType.DEPOSIT))
    out.money("deposits", deposits or None, "holdings")
    if c.risk_assessed_on:
        expires = add_months(c.risk_assessed_on, policy.compliance.assessment_months)
        if expires <= out.today:
            out.day("risk_expired_on", expires, "client.risk_assessed_on")
    out.put("manager_name", c.manager_name, "staff.name")
    out.put("manager_no", c.manager, "staff.staff_no")
    out.put("previous_manager", c.previous_manager, "assignment.manager")
    out.day("today", out.today, "date")


def _family(out: _Builder, c: ClientPicture) -> None:
    for text, record in ((c.family, "client.family"), (c.note, "client.note")):
        if not text:
            continue
        for slot, pattern in (("child", _CHILD), ("elder", _ELDER), ("spouse", _SPOUSE)):
            if found := pattern.search(text):
                out.put(slot, _kin(found.group(0), out.lang), record)
        if "child" in out.values:
            for pattern, names in _EXAM:
                if pattern.search(text):
                    out.put("child_exam", names[0 if out.lang == "zh" else 1], record)
                    break


def _relation(out: _Builder, c: ClientPicture) -> None:
    if c.contacts:
        last = c.contacts[0]
        out.day("last_contact_on", last.at.date(), f"contact.{last.contact_no}")
        out.put("last_channel", label(last.channel, out.lang).lower(), f"contact.{last.contact_no}")
        out.put("days_since", (out.today - last.at.date()).days, f"contact.{last.contact_no}")
        told = next((t for t in c.contacts if t.summary and t.effective), None)
        if told:
            out.put("last_summary", told.summary, f"contact.{told.contact_no}")
    recent = sum(1 for t in c.contacts if t.effective and t.at.date() >= out.today - timedelta(days=90))
    if recent:
        out.put("contacts_90d", recent, "contacts")


def _nothing(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    """A signal that brings no slots of its own."""


def _cadence(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    out.put("overdue_days", fact.evidence.get("overdue_days"), "cadence_due.overdue_days")


def _maturity(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e, where = fact.evidence, f"holding.{fact.evidence.get('holding_no')}"
    kind = label(e["product_type"], out.lang)
    out.put("product_type", kind if out.lang == "zh" else kind.lower(), where)
    out.put("product", e.get("product") or out.values["product_type"], where)
    out.money("amount", e.get("amount_fen"), where)
    out.day("matures_on", e.get("matures_on"), where)
    left = e.get("days_left", -e["days_past"] if "days_past" in e else None)
    if left is not None:
        out.put("days_left" if left >= 0 else "days_past", abs(left), where)


def _level(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e = fact.evidence
    level = next((lv for lv in policy.levels if lv.id == e.get("level")), None)
    out.put("benefit", level.called(out.lang) if level else e.get("level"), f"{fact.signal}.level")
    out.money("line", e.get("line_fen"), f"{fact.signal}.line_fen")
    out.money("gap", e.get("gap_fen"), f"{fact.signal}.gap_fen")


def _movement(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e, where = fact.evidence, "movement"
    out.money("movement_amount", e["amount_fen"], where)
    out.day("movement_on", e.get("on") or fact.on, where)
    words = (("转入", "came in"), ("转出", "went out"))[e["amount_fen"] < 0]
    out.put("direction", words[0 if out.lang == "zh" else 1], where)
    out.put("counterparty", e.get("counterparty"), where)
    out.put("purpose", e.get("purpose"), where)
    out.put("other_bank", e.get("counterparty_bank"), where)


def _outflow(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e = fact.evidence
    out.money("drop", e["drop_fen"], "balance")
    out.put("drop_share", percent(e["drop_share"]), "balance")
    out.money("peak", e["peak_fen"], "balance")
    out.put("peak_month", month(date.fromisoformat(e["peak_on"]), out.lang), "balance")


def _key_date(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e, where = fact.evidence, "key_date"
    names = {"生日": "birthday", "结婚纪念日": "wedding anniversary", "开户纪念日": "account anniversary"}
    out.put("key_label", names.get(e["label"], e["label"]) if out.lang == "en" else e["label"], where)
    out.put("key_who", _kin(e.get("who") or "本人", out.lang), where)
    out.day("key_date", fact.on, where)
    out.put("days_to", e.get("days_to"), where)


def _event(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e, where = fact.evidence, f"event.{fact.evidence.get('event_no')}"
    out.put("event", e["title"], where)
    out.day("event_on", fact.on, where)
    out.put("event_place", e.get("place"), where)
    out.put("days_to", e.get("days_to"), where)


def _windfall(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    pairs = {"征地": "land taken", "拆迁": "demolition", "卖房": "a house sale", "上市": "a listing", "继承": "an inheritance"}
    tag = fact.evidence["tag"]
    back = {v.removeprefix("a ").removeprefix("an "): k for k, v in pairs.items()} | {"sale": "卖房", "house sale": "卖房"}
    out.put("windfall", pairs.get(tag, tag) if out.lang == "en" else back.get(tag, tag), "client.tags")


def _fit(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    product = next((p for p in policy.products if p.id == fact.evidence.get("product_id")), None)
    if product is None:
        return
    where = f"policy.products.{product.id}"
    out.put("target_product", product.called(out.lang), where)
    out.put("target_risk", product.risk, where)
    out.put("target_fit", product.reason_en or product.reason if out.lang == "en" else product.reason, where)


def _single(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    kind = label(fact.evidence["product_type"], out.lang)
    out.put("only_type", kind if out.lang == "zh" else kind.lower(), "holdings")


def _referral(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    out.put("contacts_90d", fact.evidence.get("contacts") or None, "contacts")


def _competitor(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e = fact.evidence
    out.put("other_bank", e["bank"], "movements")
    out.put("other_count", e["count"], "movements")
    out.money("other_total", e["total_fen"], "movements")


def _follow_up(out: _Builder, fact: SignalFact, policy: Policy) -> None:
    e = fact.evidence
    if e.get("matures_on"):
        _maturity(out, fact, policy)
    out.day("promised_on", e.get("promised_on"), "contact.next_on")
    out.put("promised", e.get("summary"), "contact.summary")
    out.put("overdue_days", e.get("overdue_days"), "contact.next_on")


_EVIDENCE = {
    "cadence_due": _cadence,
    "maturity_due": _maturity,
    "threshold_near": _level,
    "benefit_due": _level,
    "large_movement": _movement,
    "outflow": _outflow,
    "key_date": _key_date,
    "event_due": _event,
    "windfall": _windfall,
    "product_fit": _fit,
    "single_product": _single,
    "referral_ready": _referral,
    "competitor_flow": _competitor,
    "follow_up": _follow_up,
}
