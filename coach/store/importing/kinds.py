"""The ten kinds of file of the contract: their columns, the headers they go by, and their keys.

A header matches by the contract's English id, its Chinese word, or one of a few unmistakable Chinese
synonyms written here; nothing else ever matches (a foreign header takes a map file).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlmodel import SQLModel

from coach.domain.outcomes import OUTCOMES
from coach.domain.words import LABELS, Calendar, Channel, InvitationStatus, ProductType, Role, Stage
from coach.store import tables

Form = Literal["key", "text", "money", "date", "time", "bool", "word", "score", "lunar", "phone", "list", "risk"]


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a kind. ``stored`` is its column in the table, ``words`` what an enumerated cell may say."""

    field: str
    zh: str
    form: Form = "text"
    required: bool = False
    also: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    limit: int = 500
    stored: str = ""
    default: Any = None

    @property
    def target(self) -> str:
        return self.stored or self.field


@dataclass(frozen=True, slots=True)
class Kind:
    """``key`` names the stored columns that make a row one and the same; ``made`` the one that Coach makes up where it is missing."""

    id: str
    zh: str
    model: type[SQLModel]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    made: str | None = None
    period: str | None = None
    """A date column by which only a part of a long table is compared."""

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.field == name), None)

    @property
    def table(self) -> Any:
        return self.model.__table__  # type: ignore[attr-defined]


def _words(enum: Any, **more: str) -> dict[str, str]:
    out = {word.value.lower(): word.value for word in enum} | {LABELS[w.value][0].lower(): w.value for w in enum if w.value in LABELS}
    out |= {LABELS[w.value][1].lower(): w.value for w in enum if w.value in LABELS}
    return out | {synonym: word for word, synonyms in more.items() for synonym in synonyms.split()}


_GENDER = {"male": "male", "m": "male", "男": "male", "男性": "male", "先生": "male",
           "female": "female", "f": "female", "女": "female", "女性": "female", "女士": "female"}
_ROLE = _words(
    Role, staff="员工 职员 柜员 客户经理 理财经理 大堂经理", trainer="内训师 培训师",
    supervisor="主管 网点主管 网点负责人 行长 支行长 副行长",
)
_STAGE = _words(Stage, stranger="陌生阶段 陌生客户", acquainted="熟悉阶段 熟悉客户", trusted="信任阶段 信任客户", loyal="忠诚阶段 忠诚客户")
_PRODUCT = _words(
    ProductType, demand="活期存款 活期储蓄", deposit="定期存款 定期储蓄 定存 整存整取 大额存单 通知存款 存款",
    wealth="理财产品 银行理财",
    fund="基金产品 公募基金", insurance="保险产品 寿险 年金险", bond="储蓄国债", metal="黄金 积存金 贵金属产品",
    loan="个人贷款 房贷 按揭 消费贷",
    card="贷记卡",
)
_CHANNEL = _words(Channel, message="短信 微信 短信/微信 短信、微信 企业微信 消息 sms wechat", call="致电 通话 外呼 电联 phone",
                  visit="拜访 面谈 上门 到店 来访 见面 到访")
_OUTCOME = {word: outcome for outcome, (zh, en, _) in OUTCOMES.items() for word in (zh, en.lower(), outcome)}
_STATUS = _words(InvitationStatus, invited="已邀请 邀请", accepted="已接受 接受 应邀 已报名", declined="拒绝 已拒绝 已婉拒 谢绝",
                 attended="已到场 出席 已出席 签到 已签到")
_CALENDAR = _words(Calendar, solar="阳历 新历 公", lunar="阴历 旧历 农")

_CLIENT_NO = Column("client_no", "客户号", "key", True, ("客户编号", "客户号码", "核心客户号"), limit=64)
_AMOUNT = Column("amount", "金额", "money", True, stored="amount_fen")
_ON = Column("on", "日期", "date", True)

STAFF = Kind("staff", "员工", tables.Staff, ("staff_no",), (
    Column("staff_no", "工号", "key", True, ("员工号", "员工编号", "员工工号"), limit=64),
    Column("name", "姓名", required=True, also=("员工姓名",), limit=100),
    Column("post", "岗位", also=("岗位名称",), limit=100),
    Column("role", "角色", "word", words=_ROLE, default="staff"),
    Column("branch", "网点", also=("所属网点", "网点号", "机构"), limit=100),
))
CLIENTS = Kind("clients", "客户", tables.Client, ("client_no",), (
    _CLIENT_NO,
    Column("name", "姓名", required=True, also=("客户姓名", "客户名称"), limit=100),
    Column("gender", "性别", "word", words=_GENDER),
    Column("birthday", "生日", "date", also=("出生日期", "公历生日")),
    Column("lunar_birthday", "农历生日", "lunar"),
    Column("phone", "手机", "phone", also=("手机号", "手机号码", "联系电话"), limit=40),
    Column("manager", "管户工号", "key", also=("管户经理工号", "客户经理工号", "管户人工号"), limit=64),
    Column("assets", "资产", "money", also=("金融资产", "总资产", "资产余额", "aum"), stored="assets_fen", default=0),
    Column("card_level", "卡等级", also=("卡级别",), limit=50),
    Column("risk_level", "风险等级", "risk", also=("客户风险等级", "风险承受能力", "风险测评等级"), words={"letter": "C"}),
    Column("risk_assessed_on", "测评日期", "date", also=("风险测评日期", "风评日期")),
    Column("opened_on", "开户日期", "date", also=("开户日",)),
    Column("occupation", "职业", limit=100),
    Column("employer", "单位", also=("工作单位",), limit=200),
    Column("community", "小区", also=("居住小区",), limit=200),
    Column("family", "家庭", also=("家庭情况", "家庭成员"), limit=2_000),
    Column("interests", "爱好", "list", also=("兴趣爱好", "兴趣"), limit=1_000),
    Column("stage", "阶段", "word", words=_STAGE, also=("关系阶段",), default="stranger"),
    Column("relationship", "关系", "score", also=("关系程度",)),
    Column("potential", "潜力", "score"),
    Column("intent", "意愿", "score"),
    Column("do_not_contact", "勿扰", "bool", also=("免打扰", "勿扰标志"), default=False),
    Column("marketing_consent", "营销同意", "bool", also=("同意营销",)),
    Column("tags", "标签", "list", also=("客户标签",), limit=2_000),
    Column("note", "备注", limit=5_000),
    Column("branch", "网点", also=("所属网点", "网点号", "机构"), limit=100),
))
HOLDINGS = Kind("holdings", "持有", tables.Holding, ("client_no", "holding_no"), (
    _CLIENT_NO,
    Column("holding_no", "编号", "key", also=("持有编号", "账号", "合约号"), limit=100),
    Column("product_type", "类型", "word", True, ("产品类型", "产品类别"), _PRODUCT),
    Column("product", "产品", also=("产品名称",), limit=200),
    _AMOUNT,
    Column("start_on", "起息日", "date", also=("起息日期", "起始日")),
    Column("matures_on", "到期日", "date", also=("到期日期",)),
    Column("product_risk", "产品风险", "risk", also=("产品风险等级",), words={"letter": "R"}),
), made="holding_no")
BALANCES = Kind("balances", "月末资产", tables.Balance, ("client_no", "on"), (
    _CLIENT_NO, _ON, Column("assets", "资产", "money", True, ("月末资产", "资产余额", "aum"), stored="assets_fen"),
), period="on")
MOVEMENTS = Kind("movements", "动账", tables.Movement, ("client_no", "movement_no"), (
    _CLIENT_NO,
    Column("on", "日期", "date", True, ("交易日期", "动账日期")),
    Column("amount", "金额", "money", True, ("交易金额", "发生额"), stored="amount_fen"),
    Column("counterparty", "对方", also=("对方户名", "对方名称"), limit=200),
    Column("counterparty_bank", "对方银行", also=("对方行", "对方开户行"), limit=200),
    Column("purpose", "用途", also=("交易用途", "摘要"), limit=500),
    Column("movement_no", "流水号", "key", also=("交易流水号",), limit=100),
), made="movement_no", period="on")
CONTACTS = Kind("contacts", "接触", tables.Contact, ("contact_no",), (
    _CLIENT_NO,
    Column("at", "时间", "time", True, ("接触时间", "联系时间")),
    Column("channel", "渠道", "word", True, ("接触方式", "联系方式", "接触渠道"), _CHANNEL),
    Column("staff_no", "工号", "key", also=("员工号", "客户经理工号"), limit=64),
    Column("effective", "有效", "bool", also=("是否有效", "有效接触"), default=False),
    Column("outcome", "结果", also=("接触结果",), words=_OUTCOME, limit=500),
    Column("summary", "摘要", also=("内容摘要", "沟通摘要"), limit=5_000),
    Column("next_on", "下次日期", "date", also=("下次联系日期", "下次跟进日期")),
), made="contact_no", period="at")
KEY_DATES = Kind("key_dates", "重要日期", tables.KeyDate, ("client_no", "label", "who"), (
    _CLIENT_NO,
    Column("label", "事由", required=True, limit=100),
    Column("date", "日期", "date", True),
    Column("calendar", "历法", "word", words=_CALENDAR, default="solar"),
    Column("who", "何人", also=("与客户关系",), limit=100, default=""),
))
GIFTS = Kind("gifts", "关怀记录", tables.Gift, ("client_no", "on", "item"), (
    _CLIENT_NO, _ON,
    Column("item", "内容", required=True, also=("礼品", "关怀内容"), limit=200),
    Column("value", "价值", "money", also=("礼品价值",), stored="value_fen"),
    Column("occasion", "事由", limit=200),
))
EVENTS = Kind("events", "活动", tables.Event, ("event_no",), (
    Column("event_no", "活动号", "key", True, ("活动编号", "编号"), limit=64),
    Column("title", "名称", required=True, also=("活动名称",), limit=200),
    Column("on", "日期", "date", True, ("活动日期",)),
    Column("place", "地点", also=("活动地点",), limit=200),
))
INVITATIONS = Kind("invitations", "邀约", tables.Invitation, ("event_no", "client_no"), (
    Column("event_no", "活动号", "key", True, ("活动编号",), limit=64),
    _CLIENT_NO,
    Column("status", "状态", "word", True, ("邀约状态",), _STATUS),
))

KINDS: dict[str, Kind] = {k.id: k for k in (
    STAFF, CLIENTS, HOLDINGS, BALANCES, MOVEMENTS, CONTACTS, KEY_DATES, GIFTS, EVENTS, INVITATIONS,
)}
ORDER: tuple[str, ...] = (
    "staff", "clients", "events", "balances", "holdings", "movements", "contacts", "key_dates", "gifts", "invitations",
)
"""Kinds in the order in which they refer to each other."""

FILLED: dict[str, dict[str, Any]] = {
    "clients": {"stage_by_hand": False, "tier": "C", "tier_by_hand": False, "search_key": "", "version": 1},
}
"""What a new row holds besides the columns of its file."""


def find_kind(word: str) -> Kind | None:
    """A kind by its id or its Chinese name."""
    return KINDS.get(word) or next((k for k in KINDS.values() if k.zh == word), None)
