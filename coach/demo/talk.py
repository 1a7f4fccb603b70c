"""What colleagues wrote down: summaries of contacts, promises, gifts, events, situations; pairs (Chinese, English)."""

from __future__ import annotations

from coach.demo.words import Pair

SERVICE: tuple[Pair, ...] = (
    ("教会用手机银行查流水，当场试了一遍", "showed how to look up movements in mobile banking and tried it together"),
    ("社保卡快到期，帮着预约了换卡时间", "the social security card runs out soon; booked a time to replace it"),
    ("提醒防诈，说最近有人冒充客服来电", "warned of callers who pose as customer service; they had been called too"),
    ("手机号换了，已在网点更新", "has a new telephone number; updated it at the counter"),
    ("问周末营业时间，发了网点地图和停车位置", "asked for weekend hours; sent the map and where to park"),
    ("身份证到期，带新证来网点更新了信息", "the identity card had run out; brought the new one and updated the record"),
    ("转账限额不够用，讲了调整要带的证件", "the transfer limit was too low; told what to bring to change it"),
    ("帮着把短信提醒打开，大额动账能及时知道", "switched on text alerts so that large movements are seen at once"),
    ("来网点换零钱，聊了几句近况", "came in for change; a few words on how things are"),
)
HELLO: Pair = ("自我介绍，留了办公电话，说有事直接打", "introduced myself and left the office number for any question")
LIFE: dict[str, tuple[Pair, ...]] = {
    "retired": (
        ("养老金到账提醒收到了，说这样放心", "had the notice that the pension had arrived and was glad of it"),
        ("说存款到期想分几笔存，急用钱不用全取", "wants to split the deposit at maturity so that not all has to be broken in need"),
        ("聊起老同事聚会，答应带大家来听防诈讲座", "spoke of old colleagues; will bring them to the fraud talk"),
    ),
    "shop": (
        ("收款码到账慢，查明原因，第二天就正常了", "payments by QR code came in late; found the cause, right the next day"),
        ("店里生意淡，聊了聊隔壁街新开的同行", "trade is slow; talked about the new shop in the next street"),
        ("问备货贷款要哪些材料，把清单发过去了", "asked what papers a stock loan needs; sent the list"),
    ),
    "firm": (
        ("刚中了一个项目，回款在三个月后", "has won a project, payment comes in three months"),
        ("公司要给员工开工资卡，约对公同事一起去", "the firm wants payroll accounts; will go with a corporate colleague"),
        ("想把闲钱分长短两部分放，让我先列现有到期表", "wants idle money split in short and long; asked for a list of maturities first"),
    ),
    "steady": (
        ("公积金提取要打流水，帮着在自助机打好了", "needed statements for the housing fund; printed them at the machine"),
        ("单位换代发账户的事问清了，下月生效", "cleared up the change of the payroll account, from next month"),
        ("说房贷还剩几年，想知道提前还怎么办", "asked how to repay the mortgage early"),
    ),
    "young": (
        ("问基金定投怎么改扣款日，微信里教会了", "asked how to move the day of the fund plan; explained by WeChat"),
        ("打算年后看房，问流水要多久的", "means to look for a flat next year, asked how long a statement is wanted"),
    ),
    "worker": (
        ("给老家转账怕输错卡号，教了收款人保存", "afraid to mistype the account at home; showed how to save a payee"),
        ("工资晚到了两天，来问，查到是单位批次晚", "pay came two days late; the employer's batch had been late"),
    ),
    "farmer": (
        ("卖粮款到账，来网点查了余额，很高兴", "the harvest money came; checked the balance at the counter, pleased"),
        ("存折磨损，换了新折", "the passbook was worn; gave a new one"),
    ),
    "home": (("给孩子学校缴费不会操作，一步步教会了", "did not know how to pay the school; went through it step by step"),),
    "student": (("假期回来办了手机银行", "set up mobile banking in the holidays"),),
}
INTEREST: tuple[Pair, ...] = (
    ("聊到{it}，话多起来，约好有活动叫上", "warmed up when we spoke of {it}; asked to be told of any event"),
    ("朋友圈发了{it}的照片，点赞聊了几句", "had posted pictures of {it}; liked them and exchanged a few words"),
)
CHILD: tuple[Pair, ...] = (
    ("家里{kid}的事多，电话长话短说，很客气", "busy with the {kid}; a short and friendly call"),
    ("聊起{kid}，说孩子大了，要早做打算", "spoke of the {kid}; wants to plan early"),
)
EXAM: tuple[Pair, ...] = (
    ("{kid}{exam}，晚上接送，白天打电话方便", "{kid} {exam}; drives in the evening, call by day"),
    ("问过五年期，说等{kid}考完再定", "asked about five years, will decide when the {kid}'s exam is over"),
)
HELD: tuple[Pair, ...] = (
    ("问{product}到期后怎么办，说明了到期前会提醒", "asked what happens when the {product} matures; promised a reminder"),
    ("核对了{product}的金额和日期，自己也记在本子上", "went over amount and date of the {product}; wrote them down"),
)
SITUATION: dict[str, tuple[Pair, ...]] = {
    "outflow": (("说家里用了一大笔钱，问还剩多少定期", "a large sum was needed at home; asked how much is left on deposit"),),
    "competitor": (("说{bank}那边有固定的扣款，每月要转过去", "has a fixed debit at {bank} and moves money there each month"),),
    "windfall": (
        ("提起{windfall}的事，还没定下来，让有消息再说", "mentioned the {windfall}; nothing settled yet, will tell when there is news"),
    ),
}
PROMISE: dict[str, tuple[Pair, ...]] = {
    "any": (
        ("要先和家里商量，约好这天回电", "wants to talk it over at home first; call back on the day agreed"),
        ("手机银行登不上，约好这天带身份证来网点办", "cannot log in to mobile banking; comes in with the identity card on the day agreed"),
        ("想看看近半年的明细，答应这天打好送去", "wants the last half-year's statement; promised to have it ready on the day"),
    ),
    "held": (("{product}到期后怎么放还没想好，约好这天再打电话", "has not decided about the {product}; call again on the day agreed"),),
    "shop": (("说月底发完货款再谈，约好这天到店里坐坐", "will talk once suppliers are paid; drop in at the shop on the day agreed"),),
    "exam": (
        (
            "问过五年期，说等{kid}考完再细谈，先约这天送份说明",
            "asked about five years; more after the {kid}'s exam, a leaflet on the day agreed",
        ),
    ),
}
NO_ANSWER: tuple[Pair | None, ...] = (None, None, ("响铃无人接", "rang, nobody answered"), ("占线两次", "engaged twice"))
HUNG_UP: tuple[Pair, ...] = (
    ("没等说完就挂了，可能当成推销", "hung up before I had finished, perhaps took it for selling"),
    ("在忙，说了句不需要就挂了", "busy; said «no need» and hung up"),
)
SENT: tuple[Pair | None, ...] = (
    None,
    ("发了自我介绍和网点电话", "sent an introduction and the branch's number"),
    ("发了天气变化的提醒", "sent a word about the change in the weather"),
)
REFUSED: tuple[Pair, ...] = (
    ("说最近没有闲钱，客气地回绝了", "no money to spare at present; declined politely"),
    ("说在别家办惯了，暂时不动", "used to another bank, nothing to change for now"),
)
STOP: Pair = ("明确说不要再打电话发信息，已记勿扰", "said clearly not to be called or written to again; marked")

GIFTS: tuple[tuple[Pair, int, str], ...] = (
    (("手写生日贺卡", "hand-written birthday card"), 6, "birthday"),
    (("小盆绿萝", "a pot plant"), 28, "birthday"),
    (("长寿面礼盒", "box of birthday noodles"), 45, "birthday"),
    (("龙井小罐茶", "small tin of green tea"), 68, "birthday"),
    (("春联福字", "spring couplets"), 15, "newyear"),
    (("新年台历", "desk calendar"), 22, "newyear"),
    (("杂粮礼盒", "box of grains"), 69, "newyear"),
    (("月饼两枚", "two moon cakes"), 32, "midautumn"),
    (("桂花糕", "osmanthus cake"), 38, "midautumn"),
    (("老花镜", "reading glasses"), 35, "elders"),
    (("保温杯", "thermos cup"), 59, "elders"),
    (("护膝", "knee warmers"), 48, "elders"),
    (("考试文具袋", "pencil case for the exam"), 25, "exam"),
    (("开业绿植", "a plant for the shop"), 88, "shop"),
    (("折叠雨伞", "umbrella"), 39, "rain"),
    (("猫罐头", "tins for the cat"), 36, "cat"),
    (("鱼线鱼钩", "fishing line and hooks"), 42, "fishing"),
    (("运动毛巾", "sports towel"), 29, "sport"),
)
OCCASIONS: dict[str, Pair] = {
    "birthday": ("生日", "birthday"),
    "newyear": ("春节", "Spring Festival"),
    "midautumn": ("中秋", "Mid-Autumn"),
    "elders": ("重阳", "Double Ninth"),
    "exam": ("孩子备考", "child's exam"),
    "shop": ("店庆", "the shop's anniversary"),
    "rain": ("雨天来访", "a visit in the rain"),
    "cat": ("聊到养猫", "talk about cats"),
    "fishing": ("聊到钓鱼", "talk about fishing"),
    "sport": ("聊到运动", "talk about sport"),
}
EVENTS: tuple[tuple[str, Pair, Pair], ...] = (
    ("health", ("养生与防诈讲座", "Talk on health and fraud"), ("网点二楼会议室", "meeting room, second floor")),
    ("family", ("亲子手工活动", "Family craft afternoon"), ("网点大堂", "branch hall")),
    ("shop", ("商户收款与对账讲座", "Talk for shops on payments and books"), ("东街商会", "East Street Chamber")),
    ("old", ("书法茶会", "Calligraphy and tea"), ("文昌书院", "Wenchang Academy")),
    ("sport", ("滨河健步走", "Riverside walk"), ("滨河公园东门", "Riverside Park, east gate")),
)
WINDFALL: dict[str, tuple[Pair, Pair]] = {
    "征地": (
        ("征地", "land taken"),
        ("{place}征地公示已贴，补偿款预计年内到账", "the notice of land taken at {place} is up; the money is expected this year"),
    ),
    "拆迁": (("拆迁", "demolition"), ("{place}列入拆迁，正在谈安置方案", "{place} is down for demolition; the terms are being discussed")),
    "卖房": (("卖房", "sale"), ("老房子挂牌在卖，有人来看过两回", "the old flat is for sale; a buyer has come twice")),
    "上市": (("上市", "listing"), ("所在公司筹备上市，手里有员工股", "the employer prepares a listing; holds staff shares")),
    "继承": (("继承", "inheritance"), ("在办继承手续，公证做了一半", "an inheritance is being settled; the notary is half done")),
}
