"""The contract's words: one thing has one name, in code, JSON, docs and screens.

Every enumeration is a :class:`~enum.StrEnum`, so a value is its own JSON form. ``label`` gives the
word that a person reads, in Chinese or English.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


class Stage(StrEnum):
    """How far the relationship with a client has come (article, paragraphs 20-33)."""

    STRANGER = "stranger"
    ACQUAINTED = "acquainted"
    TRUSTED = "trusted"
    LOYAL = "loyal"


class Tier(StrEnum):
    """A/B/C by assets, then moved up with a reason (article, paragraph 17)."""

    A = "A"
    B = "B"
    C = "C"


class Channel(StrEnum):
    """A visit is any meeting, in the branch or outside; a message is an SMS or a WeChat message."""

    MESSAGE = "message"
    CALL = "call"
    VISIT = "visit"


class Role(StrEnum):
    STAFF = "staff"
    TRAINER = "trainer"
    SUPERVISOR = "supervisor"


class Purpose(StrEnum):
    """What a contact is at law: a service message goes, a product message needs consent and release."""

    SERVICE = "service"
    PRODUCT = "product"


class Signal(StrEnum):
    """A fact in a client's records, on a date, that calls for a play. The order is the contract's."""

    UNCLAIMED = "unclaimed"
    CADENCE_DUE = "cadence_due"
    MATURITY_DUE = "maturity_due"
    THRESHOLD_NEAR = "threshold_near"
    BENEFIT_DUE = "benefit_due"
    LARGE_MOVEMENT = "large_movement"
    OUTFLOW = "outflow"
    KEY_DATE = "key_date"
    EVENT_DUE = "event_due"
    WINDFALL = "windfall"
    PRODUCT_FIT = "product_fit"
    SINGLE_PRODUCT = "single_product"
    REFERRAL_READY = "referral_ready"
    COMPETITOR_FLOW = "competitor_flow"
    FOLLOW_UP = "follow_up"


class ProductType(StrEnum):
    DEMAND = "demand"
    DEPOSIT = "deposit"
    WEALTH = "wealth"
    FUND = "fund"
    INSURANCE = "insurance"
    BOND = "bond"
    METAL = "metal"
    LOAN = "loan"
    CARD = "card"


class InvitationStatus(StrEnum):
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ATTENDED = "attended"


class Calendar(StrEnum):
    SOLAR = "solar"
    LUNAR = "lunar"


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"


TOPICS: tuple[str, ...] = (
    "mindset.value", "mindset.failings",
    "allocate.fair", "allocate.prefer", "allocate.adjust", "allocate.continuity",
    "tier.abc", "tier.adjust", "tier.cadence",
    "stage.icebreak", "stage.icebreak.rejected", "stage.service", "stage.life", "stage.value", "stage.moved",
    "care.gift", "care.family", "care.business",
    "revive.maturity", "revive.threshold", "revive.winback", "revive.windfall", "revive.product_fit",
    "revive.mix", "revive.referral", "revive.competitor",
    "support.system", "support.kpi", "support.supervise",
    "compliance.promise", "compliance.suitability", "compliance.inducement", "compliance.privacy",
    "compliance.contact", "compliance.elderly",
)
"""Every passage of the playbook carries one of these; every play is one of them."""

LABELS: dict[str, tuple[str, str]] = {
    "stranger": ("陌生", "Stranger"), "acquainted": ("熟悉", "Acquainted"),
    "trusted": ("信任", "Trusted"), "loyal": ("忠诚", "Loyal"),
    "A": ("A 类", "A"), "B": ("B 类", "B"), "C": ("C 类", "C"),
    "message": ("短信微信", "Message"), "call": ("电话", "Call"), "visit": ("面访", "Visit"),
    "staff": ("员工", "Staff"), "trainer": ("内训师", "Trainer"), "supervisor": ("主管", "Supervisor"),
    "unclaimed": ("待认领", "Unclaimed"), "cadence_due": ("该联系了", "Contact due"),
    "maturity_due": ("到期", "Maturity"), "threshold_near": ("临近提档", "Near a benefit line"),
    "benefit_due": ("权益未领", "Benefit not taken"), "large_movement": ("大额动账", "Large movement"),
    "outflow": ("资金流失", "Outflow"), "key_date": ("重要日期", "Key date"),
    "event_due": ("活动临近", "Event soon"), "windfall": ("大额资金预期", "Expected large money"),
    "product_fit": ("产品匹配", "Product fit"), "single_product": ("产品单一", "Single product"),
    "referral_ready": ("可请转介", "Ready to refer"), "competitor_flow": ("他行往来", "Flows to another bank"),
    "follow_up": ("待跟进", "Follow-up"),
    "demand": ("活期", "Demand deposit"), "deposit": ("定期", "Time deposit"), "wealth": ("理财", "Wealth product"),
    "fund": ("基金", "Fund"), "insurance": ("保险", "Insurance"), "bond": ("国债", "Treasury bond"),
    "metal": ("贵金属", "Precious metal"), "loan": ("贷款", "Loan"), "card": ("信用卡", "Credit card"),
    "invited": ("已邀", "Invited"), "accepted": ("已应", "Accepted"), "declined": ("婉拒", "Declined"),
    "attended": ("到场", "Attended"),
    "male": ("男", "Male"), "female": ("女", "Female"),
    "solar": ("公历", "Solar"), "lunar": ("农历", "Lunar"),
    "block": ("禁止", "Block"), "warn": ("提醒", "Warning"),
    "service": ("服务", "Service"), "product": ("产品", "Product"),
    "clients": ("客户", "clients"), "holdings": ("持有", "holdings"), "balances": ("月末资产", "month-end assets"),
    "movements": ("动账", "movements"), "contacts": ("接触", "contacts"), "key_dates": ("重要日期", "key dates"),
    "gifts": ("关怀记录", "gifts"), "events": ("活动", "events"), "invitations": ("邀约", "invitations"),
    "care": ("关怀", "Care"), "help": ("帮忙", "Help"), "gift": ("礼物", "Gift"),
}
"""Word → (Chinese, English). The only place where a contract word gets its reading."""


def pick(lang: Lang, zh: str, en: str) -> str:
    """One of two texts that say the same."""
    return zh if lang == "zh" else en


def label(word: str, lang: Lang) -> str:
    """What a person reads for a contract word; the word itself where none is known."""
    pair = LABELS.get(word)
    return word if pair is None else pair[LANGS.index(lang)]
