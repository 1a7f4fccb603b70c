"""What lives are made of, in words: each a pair (Chinese, English) that says the same.

Employers, communities, firms and other banks are invented.
"""

from __future__ import annotations

Pair = tuple[str, str]

BRANCH: Pair = ("云溪支行", "Yunxi Branch")
POSTS: dict[str, Pair] = {
    "manager": ("客户经理", "relationship manager"),
    "lobby": ("大堂经理", "lobby manager"),
    "trainer": ("内训师", "internal trainer"),
    "supervisor": ("网点负责人", "branch head"),
}
BANKS: tuple[Pair, ...] = (
    ("江南商业银行", "Jiangnan Commercial Bank"),
    ("海川银行", "Haichuan Bank"),
    ("丰禾农商银行", "Fenghe Rural Bank"),
    ("云江银行", "Yunjiang Bank"),
)
COMMUNITIES: tuple[Pair, ...] = (
    ("桂香苑", "Guixiang Court"),
    ("滨河花园", "Riverside Garden"),
    ("锦绣云溪", "Brocade Yunxi"),
    ("翠竹里", "Green Bamboo Lane"),
    ("东街老院", "East Street Old Yard"),
    ("粮站宿舍", "Grain Station Quarters"),
    ("映山小区", "Yingshan Estate"),
    ("望湖里", "Lakeview Lane"),
    ("文昌家园", "Wenchang Homes"),
    ("铁路三村", "Railway Third Village"),
)
OLD_COMMUNITIES = ("东街老院", "粮站宿舍", "铁路三村")
VILLAGES: tuple[Pair, ...] = (
    ("柳林村", "Liulin Village"),
    ("石桥村", "Shiqiao Village"),
    ("上坝村", "Shangba Village"),
    ("杨树湾", "Yangshuwan"),
)

# life → occupations, each with the employers that go with it
OCCUPATIONS: dict[str, tuple[tuple[Pair, tuple[Pair, ...]], ...]] = {
    "retired": (
        (("退休教师", "retired teacher"), (("云溪第二中学", "Yunxi No. 2 Middle School"), ("文昌小学", "Wenchang Primary School"))),
        (("退休职工", "retired employee"), (("云溪纺织厂", "Yunxi Textile Mill"), ("云溪水泥厂", "Yunxi Cement Works"))),
        (("退休公务员", "retired civil servant"), (("云溪区政务中心", "Yunxi Government Service Centre"),)),
        (("退休医生", "retired doctor"), (("云溪区人民医院", "Yunxi People's Hospital"),)),
        (("退休工人", "retired factory worker"), (("云溪机械厂", "Yunxi Machine Works"),)),
    ),
    "shop": (
        (("餐饮店主", "restaurant owner"), (("老街小馆", "Old Street Kitchen"), ("阿婆面馆", "Granny's Noodle House"))),
        (
            ("建材店老板", "building materials shop owner"),
            (("恒固建材", "Henggu Building Materials"), ("鑫磊建材", "Xinlei Building Materials")),
        ),
        (("服装店主", "clothing shop owner"), (("衣锦服饰", "Yijin Clothing"),)),
        (("超市老板", "supermarket owner"), (("惠邻超市", "Huilin Supermarket"),)),
        (("水果批发商户", "fruit wholesale trader"), (("果香源批发行", "Guoxiangyuan Fruit"),)),
        (("五金店主", "hardware store owner"), (("百匠五金", "Baijiang Hardware"),)),
        (("美容店老板", "beauty salon owner"), (("悦颜美容", "Yueyan Beauty"),)),
        (("汽修店老板", "car repair shop owner"), (("顺达汽修", "Shunda Garage"),)),
    ),
    "firm": (
        (("建材公司企业主", "owner of a building materials company"), (("云拓建材有限公司", "Yuntuo Building Materials Ltd"),)),
        (("外贸公司企业主", "owner of a foreign trade company"), (("海拓外贸有限公司", "Haituo Trading Ltd"),)),
        (("物流公司企业主", "owner of a logistics company"), (("迅捷达物流有限公司", "Xunjieda Logistics Ltd"),)),
        (("食品厂企业主", "owner of a food factory"), (("禾味食品厂", "Hewei Food Factory"),)),
        (("装修公司老板", "owner of a renovation company"), (("安居装饰有限公司", "Anju Renovation Ltd"),)),
    ),
    "steady": (
        (("公务员", "civil servant"), (("云溪区政务中心", "Yunxi Government Service Centre"), ("云溪街道办", "Yunxi Subdistrict Office"))),
        (("中学教师", "secondary school teacher"), (("云溪第二中学", "Yunxi No. 2 Middle School"),)),
        (("医生", "doctor"), (("云溪区人民医院", "Yunxi People's Hospital"),)),
        (
            ("国企职员", "employee of a state-owned company"),
            (("云溪水务公司", "Yunxi Water Company"), ("云溪供热公司", "Yunxi Heating Company")),
        ),
        (("事业单位职员", "public institution employee"), (("云溪区图书馆", "Yunxi District Library"),)),
        (("工程师", "engineer"), (("远望仪表有限公司", "Yuanwang Instruments Ltd"),)),
        (("会计", "accountant"), (("诚明会计事务所", "Chengming Accountants"),)),
    ),
    "young": (
        (("公司职员", "office employee"), (("云启科技有限公司", "Yunqi Technology Ltd"), ("博文广告公司", "Bowen Advertising"))),
        (("程序员", "programmer"), (("云启科技有限公司", "Yunqi Technology Ltd"),)),
        (("护士", "nurse"), (("云溪区人民医院", "Yunxi People's Hospital"),)),
        (("销售", "salesperson"), (("锐行汽车销售", "Ruixing Motors"),)),
        (("设计师", "designer"), (("博文广告公司", "Bowen Advertising"),)),
        (("幼儿园老师", "kindergarten teacher"), (("小溪流幼儿园", "Little Brook Kindergarten"),)),
    ),
    "worker": (
        (("工厂工人", "factory worker"), (("远望仪表有限公司", "Yuanwang Instruments Ltd"), ("禾味食品厂", "Hewei Food Factory"))),
        (("货车司机", "lorry driver"), (("迅捷达物流有限公司", "Xunjieda Logistics Ltd"),)),
        (("保安", "security guard"), (("安邻物业", "Anlin Property Services"),)),
        (("家政服务员", "domestic helper"), (("暖心家政", "Nuanxin Home Services"),)),
        (("快递员", "courier"), (("迅捷达物流有限公司", "Xunjieda Logistics Ltd"),)),
    ),
    "farmer": (
        (("种粮大户", "grain farmer"), ()),
        (("菜农", "vegetable farmer"), ()),
        (("果农", "fruit farmer"), ()),
        (("养殖户", "livestock farmer"), ()),
    ),
    "home": ((("全职妈妈", "homemaker"), ()), (("自由职业", "freelancer"), ())),
    "student": ((("大学生", "university student"), (("云溪职业学院", "Yunxi College"),)),),
}

INTERESTS: dict[str, tuple[Pair, ...]] = {
    "old": (
        ("广场舞", "dancing"),
        ("太极", "tai chi"),
        ("书法", "calligraphy"),
        ("钓鱼", "fishing"),
        ("养花", "gardening"),
        ("合唱", "choir singing"),
        ("下棋", "chess"),
        ("旅游", "travel"),
        ("喝茶", "drinking tea"),
        ("集邮", "collecting stamps"),
    ),
    "mid": (
        ("钓鱼", "fishing"),
        ("羽毛球", "badminton"),
        ("跑步", "running"),
        ("摄影", "photography"),
        ("喝茶", "drinking tea"),
        ("自驾", "road trips"),
        ("烘焙", "baking"),
        ("瑜伽", "yoga"),
        ("阅读", "reading"),
        ("养猫", "cats"),
        ("徒步", "hiking"),
    ),
    "young": (
        ("跑步", "running"),
        ("摄影", "photography"),
        ("养猫", "cats"),
        ("羽毛球", "badminton"),
        ("旅游", "travel"),
        ("看书", "reading books"),
        ("骑行", "cycling"),
        ("烘焙", "baking"),
    ),
}

SON: Pair = ("儿子", "son")
DAUGHTER: Pair = ("女儿", "daughter")

NOTES: dict[str, tuple[Pair, ...]] = {
    "retired": (
        ("电话里说话要慢，重点讲两遍", "speak slowly on the telephone, say the main point twice"),
        ("每月十五号前后来取养老金，常在上午", "comes for the pension about the 15th, usually in the morning"),
        ("不用微信，有事打座机或等来网点", "does not use WeChat; call, or wait until the next visit"),
        ("认准定期和国债，不喜欢听复杂产品", "keeps to deposits and treasury bonds, dislikes complicated products"),
        ("前年差点被骗，对陌生电话很警惕，先报工号", "was nearly cheated two years ago and distrusts calls; give your staff number first"),
    ),
    "shop": (
        ("上午进货，下午两点后方便接电话", "buys stock in the morning; call after two"),
        ("年底备货资金紧，开春才有整钱", "short of cash before the new year, money comes free in spring"),
        ("店里收款都走我行，关心到账快慢", "takes all payments through us and minds how fast they arrive"),
        ("性子急，先说结论再说理由", "impatient: the conclusion first, then the reasons"),
    ),
    "firm": (
        ("常出差，先发微信约时间再打电话", "often away; agree a time by WeChat before calling"),
        ("重视办事快，来网点提前备好材料", "values speed; have the papers ready before the visit"),
        ("公司结算在别家，个人钱在我行", "the firm banks elsewhere, the private money is with us"),
        ("看重资金安排要随时能用，问过短期产品", "wants money at hand; has asked about short terms"),
    ),
    "steady": (
        ("中午十二点半后好联系", "best reached after half past twelve"),
        ("单位代发工资户，到账后转走一部分", "salary is paid in here, part of it is moved on"),
        ("爱比较，资料要给齐，不要催", "likes to compare; give all the papers and do not press"),
        ("说话干脆，答应的事要准时办", "plain-spoken; what is promised has to be on time"),
    ),
    "young": (
        ("上班不接电话，微信回得快", "does not pick up at work, answers WeChat quickly"),
        ("在攒首付，每月定投一点基金", "saving for a down payment, puts a little into a fund each month"),
        ("手机银行用得熟，不常来网点", "at home in mobile banking, seldom comes to the branch"),
    ),
    "worker": (
        ("倒班，打电话前先发消息", "works shifts; send a message before calling"),
        ("每月给老家寄钱，问过转账要不要手续费", "sends money home every month, asked about transfer fees"),
        ("钱不多但从不乱花，适合零存整取的习惯", "has little but saves steadily"),
    ),
    "farmer": (
        ("秋后卖粮才有整钱", "has larger sums only after the autumn harvest"),
        ("不会用手机银行，要来网点办", "does not use mobile banking, comes to the branch"),
        ("逢集的日子来镇上，上午能见到", "comes to town on market days, in the morning"),
    ),
    "home": (
        ("接送孩子，上午十点到十一点有空", "takes the children to school; free from ten to eleven"),
        ("家里的钱由她管，大额要和家人商量", "looks after the family's money, talks over large sums at home"),
    ),
    "student": (("寒暑假才在本地", "in town only in the holidays"),),
}

SUPPLIERS: dict[str, Pair] = {
    "餐饮店主": ("绿野菜行", "Lvye Greengrocers"),
    "建材店老板": ("广厦钢贸", "Guangsha Steel"),
    "服装店主": ("织云服装厂", "Zhiyun Garments"),
    "超市老板": ("联丰商贸", "Lianfeng Wholesale"),
    "水果批发商户": ("南岭果园合作社", "Nanling Orchard Co-op"),
    "五金店主": ("精工五金厂", "Jinggong Hardware Works"),
    "美容店老板": ("雅姿日化", "Yazi Cosmetics"),
    "汽修店老板": ("通驰汽配", "Tongchi Car Parts"),
    "建材公司企业主": ("广厦钢贸", "Guangsha Steel"),
    "外贸公司企业主": ("织云服装厂", "Zhiyun Garments"),
    "物流公司企业主": ("中途油品", "Zhongtu Fuels"),
    "食品厂企业主": ("云田粮油", "Yuntian Grain and Oil"),
    "装修公司老板": ("鑫磊建材", "Xinlei Building Materials"),
}
BUYERS: tuple[Pair, ...] = (
    ("嘉业置地", "Jiaye Land"),
    ("联丰商贸", "Lianfeng Wholesale"),
    ("远望仪表有限公司", "Yuanwang Instruments Ltd"),
    ("锦绣云溪物业", "Brocade Yunxi Property"),
)
PURPOSE: dict[str, Pair] = {
    "salary": ("工资", "salary"),
    "pension": ("养老金", "pension"),
    "living": ("生活消费", "living expenses"),
    "takings": ("店铺收款", "shop takings"),
    "goods_out": ("货款", "payment for goods"),
    "goods_in": ("货款回款", "payment received for goods"),
    "harvest": ("卖粮款", "sale of the harvest"),
    "home": ("家用", "household money"),
    "tuition": ("学费生活费", "tuition and living"),
    "opening": ("开户存入", "opening deposit"),
    "wealth": ("购买理财", "purchase of wealth products"),
    "mortgage": ("还房贷", "mortgage payment"),
    "own": ("本人转账", "transfer to own account"),
    "house": ("购房首付", "down payment on a house"),
    "wedding": ("子女结婚用款", "child's wedding"),
    "bonus": ("年终奖", "annual bonus"),
    "car": ("购车款", "purchase of a car"),
    "sale": ("卖房定金", "deposit on the sale of a flat"),
    "lent": ("借给亲戚周转", "lent to a relative"),
}
PAYERS: dict[str, Pair] = {
    "pension": ("云溪社保中心", "Yunxi Social Insurance Centre"),
    "living": ("日常消费", "daily spending"),
    "takings": ("收单结算", "card and QR settlement"),
    "harvest": ("云田粮油", "Yuntian Grain and Oil"),
    "home": ("家人转入", "from the family"),
    "house": ("嘉业置地", "Jiaye Land"),
    "car": ("锐行汽车销售", "Ruixing Motors"),
    "sale": ("购房人", "the buyer"),
    "wedding": ("喜宴酒店", "wedding hotel"),
    "lent": ("亲戚", "a relative"),
}
