"""A client's own records as short citable texts, ``record:<kind>/<key>``: what an answer may quote of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from coach.domain.client import ClientPicture
from coach.domain.format import day, money, month
from coach.domain.outcomes import outcome_label
from coach.domain.words import Lang, label, pick

MAX_MOVEMENTS = 12
MAX_CONTACTS = 8


@dataclass(frozen=True, slots=True)
class Record:
    """One record in words. ``topic`` is always ``record``."""

    id: str
    title: str
    text: str
    keys: str
    """Words by which a question finds it, besides its own."""


def records_of(client: ClientPicture, today: date, lang: Lang) -> list[Record]:
    """The client's records, most useful first. Money and dates read as everywhere."""
    return list(_records(client, today, lang))


def dealings(client: ClientPicture, today: date, lang: Lang) -> list[str]:
    """What the bank's own books say was done with this client: holdings, contacts, gifts, movements, dates, figures.

    Without what anybody wrote as he liked (notes, summaries, a payment's purpose and counterparty, a product's name): an order hidden there
    must not become a deed.
    """
    bare = replace(
        client,
        family=None, occupation=None, note=None, interests=(),
        contacts=tuple(replace(t, summary=None) for t in client.contacts),
        movements=tuple(replace(m, counterparty=None, purpose=None) for m in client.movements),
        holdings=tuple(replace(h, product=None) for h in client.holdings),
    )  # fmt: skip
    return [record.text for record in _records(bare, today, lang)]


def _records(c: ClientPicture, today: date, lang: Lang) -> Iterator[Record]:
    def say(kind: str, key: str, title: tuple[str, str], text: tuple[str, str], keys: tuple[str, str]) -> Record:
        return Record(f"record:{kind}/{key}", pick(lang, *title), pick(lang, *text), pick(lang, *keys))

    assets = money(c.assets_fen, lang)
    yield say(
        "client",
        c.client_no,
        ("客户概况", "Client"),
        (
            f"{c.name}，{label(c.tier, lang)}，关系{label(c.stage, lang)}，在行资产{assets}。",
            f"{c.name}, tier {c.tier}, {label(c.stage, lang).lower()}, assets with us {assets}.",
        ),
        ("资产 多少钱 客户 分层 等级 关系 阶段", "assets money worth tier stage relationship"),
    )
    for slot, zh, en in (("family", "家庭", "Family"), ("occupation", "职业", "Occupation"), ("note", "备注", "Note")):
        if value := getattr(c, slot):
            yield say(
                slot, c.client_no, (zh, en), (f"{zh}：{value}。", f"{en}: {value}."), (f"{zh} 家里 孩子 做什么", f"{en} children job")
            )
    if c.interests:
        yield say(
            "interests",
            c.client_no,
            ("爱好", "Interests"),
            (f"爱好：{'、'.join(c.interests)}。", f"Interests: {', '.join(c.interests)}."),
            ("爱好 喜欢 兴趣", "hobby likes interest"),
        )
    for h in c.holdings:
        kind, amount = label(h.product_type, lang), money(h.amount_fen, lang)
        named = h.product or kind
        ends = h.matures_on and day(h.matures_on, lang, today)
        yield say(
            "holding",
            h.holding_no,
            ("持有", "Holding"),
            (
                f"持有{kind}「{named}」{amount}" + (f"，{ends}到期。" if ends else "。"),
                f"Holds {kind.lower()} “{named}”, {amount}" + (f", maturing on {ends}." if ends else "."),
            ),
            ("持有 产品 存款 到期 买了什么 哪天到期", "holds product deposit maturity mature when"),
        )
    for t in c.contacts[:MAX_CONTACTS]:
        when, how = day(t.at.date(), lang, today), label(t.channel, lang)
        told = f"：{t.summary}" if t.summary else "。"
        said = f": {t.summary}" if t.summary else "."
        yield say(
            "contact",
            t.contact_no,
            ("接触记录", "Contact"),
            (
                f"{when}{how}，{outcome_label(t.outcome, lang)}{told}",
                f"{when}, {how.lower()}, {outcome_label(t.outcome, lang).lower()}{said}",
            ),
            ("上次 联系 谈 说 聊 接触 记录", "last contact talked said record"),
        )
    for k in c.key_dates:
        yield say(
            "key_date",
            f"{k.who}-{k.label}",
            ("重要日期", "Key date"),
            (
                f"{k.who or '本人'}的{k.label}：{day(k.date, lang)}（{label(k.calendar, lang)}）。",
                f"{k.label} of {k.who or 'the client'}: {day(k.date, lang)} ({label(k.calendar, lang).lower()}).",
            ),
            ("生日 纪念日 日期 哪天", "birthday anniversary date"),
        )
    for g in c.gifts:
        yield say(
            "gift",
            f"{g.on}-{g.item}",
            ("关怀记录", "Gift"),
            (f"{day(g.on, lang, today)}送过{g.item}。", f"Given on {day(g.on, lang, today)}: {g.item}."),
            ("送过 礼物 关怀 送什么", "gift given care"),
        )
    for i, m in enumerate(c.movements[:MAX_MOVEMENTS]):
        amount, when = money(abs(m.amount_fen), lang), day(m.on, lang, today)
        way = ("转出", "out") if m.amount_fen < 0 else ("转入", "in")
        whom = " ".join(filter(None, (m.counterparty, m.counterparty_bank, m.purpose)))
        yield say(
            "movement",
            f"{m.on}-{i}",
            ("动账", "Movement"),
            (
                f"{when}{way[0]}{amount}" + (f"（{whom}）。" if whom else "。"),
                f"{when}: {amount} {way[1]}" + (f" ({whom})." if whom else "."),
            ),
            ("动账 转出 转入 流水 钱去哪 他行", "movement transfer money went other bank"),
        )
    if c.balances:
        peak_on, peak = max(c.balances, key=lambda b: b[1])
        yield say(
            "balance",
            str(peak_on),
            ("月末资产", "Month-end assets"),
            (
                f"月末资产最高在{month(peak_on, lang)}，为{money(peak, lang)}。",
                f"Month-end assets were highest in {month(peak_on, lang)}: {money(peak, lang)}.",
            ),
            ("最高 月末 资产 趋势", "highest month-end trend"),
        )
