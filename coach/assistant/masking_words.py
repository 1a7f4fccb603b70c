"""Words that the mask knows: which are in everyday use and so no names, which surnames are mostly other words, which cues name people."""

from __future__ import annotations

_EVERYDAY = """
毛巾 毛毯
万一 万元 万块 万多 严格 严肃 严重 乐意 乐趣 乔布斯 乔迁 习俗 习得 习惯 习题 于明 于是 云南 云溪 井盖 仲裁 任何 任务 任教 任职 伊利 伍佰
伏天 何不 何况 何处 何必 何时 何苦 余下 余地 余款 余额 保单 保姆 保安 保密 保本 保洁 保留 保管 保证 保险 党员 党委 全家 全款 全职 全部
全额 兰亭 兰花 关于 关心 关怀 关注 关系 关系密切 关联 冀州 农行 冯唐 冷淡 冷静 初一 初三 初中 别人 别墅 别的 包子 包工 包括 包装 包车
华东 华北 华南 卓越 单亲 单位 单据 单独 单身 卢布 卫生 卫生间 古稀 古董 古镇 史上 史料 叶子 司机 司法 吉祥 向您 向我 向来 向阳 吴语 周一
周三 周二 周五 周例 周例会 周六 周到 周四 周围 周年 周报 周日 周期 周末 周转 周边 和同 和家人 和平 和您 和我 和气 和老 和谐 唐朝 唐装
商业 商场 商店 商户 商量 商铺 夏令营 夏天 夏季 外孙 姚记 姜茶 孔子 孔雀 孙女 孙子 孙辈 季度 季节 宁可 安全 安全性 安家 安心 安排 安稳
安置 安装 安静 宋朝 官员 官方 容易 尤其 尹始 屈指 岳母 岳父 崔巍 左右 左边 巩固 席位 席卷 席间 常住 常去 常常 常年 常来 干净 干部 平均
平安 平常 平时 应付 应该 应酬 康乐 康养 康复 张卡 张口 张嘴 张望 张照 张罗 张表 张贴 强制 强烈 强调 成功 成员 成家 成年 成本 成立 成绩
成都 戴上 戴眼镜 戴着 房东 房产 房子 房本 房款 房租 房贷 揭晓 文件 文具 文化 文员 文明 文本 文章 方便 方向 方式 方才 方案 方法 方面 施工
时候 时常 时间 明后天 明天 明年 明显 明白 明确 明细 易于 易懂 易拉宝 易用 易错 晋升 景区 景点 景色 曲子 曲线 曾任 曾在 曾经 杜绝 来信
来电 来访 杨树 杨树湾 林业 林区 林场 查一查 查岗 查明 查流水 查清 查看 查询 查账 柯达 柳州 柳林 柴火 桂林 桂花 梁上 梅雨 欧元 欧洲 武术
武汉 段位 段时间 段路 毕业 毕竟 毛利 毛病 毛线 毛衣 水果 江南 江水 江湖 江苏 江西 江边 池塘 汤圆 汤药 汤里 汪汪 沙发 沙滩 洗衣 洪水
洪水猛兽 温和 温度 温泉 温馨 游客 游戏 游泳 游玩 焦急 焦虑 燕窝 牛奶 牛肉 王道 甘愿 甘肃 田地 田里 田间 申报 申请 申购 白内障 白发 白天
白手 白搭 白白 白跑 白酒 白金 白领 盛典 盛夏 相信 相关 相册 石头 石材 石板 石桥 石油 石膏 祖籍 祝您 祝福 祝贺 秦岭 秦腔 程序 程序员 程度
程式 程门 稽核 章程 童年 童装 童鞋 简介 简单 简历 管家 管理 管账 米粉 米面 红包 纪录 纪念 练习 练字 经商 罗列 羊肉 翁婿 能不能 能否 能够
芦苇 花园 花大钱 花店 花钱 苏打 苗头 范围 蓝领 要是 要求 要紧 解决 解答 解释 计划 计息 计算 计较 许久 许可 许多 许诺 谈心 谈话 谈谈 谈过
谢信 谢礼 谢谢 谢谢您 贺信 贺卡 贺年 贺礼 贺词 路上 路修 路口 路程 路费 路边 路过 车位 车贷 车险 辛苦费 边上 边境 过年 过户 过来 过节
连续 连贯性 连锁 那个 那位 那天 那边 都在 都是 重庆 重点 重要 重阳 金价 金卡 金婚 金子 金字 金店 金条 金桂 金毛 金牌 金秋 金色 金融 金钱
金镯 金额 钟头 钟表 钱包 钱存 钱定 钱款 钱理 钱花 钱进 钻石 银保监 银卡 银行卡 长大 长期 长沙 长辈 阳光 阳历 阳台 陈设 陶瓷 陶艺 雷达
雷锋 雷雨 韩剧 韩国 项目 项链 顾全 顾客 顾家 顾着 顾虑 顾问 颜色 马上 马上会 马上转 马年 马桶 马虎 马路 马蹄 高一 高三 高中 高二 高价
高兴 高净值 高大 高尔夫 高层 高峰 高峰期 高度 高息 高手 高收益 高效 高校 高端 高管 高级 高考 高血压 高铁 高雅 高频 高额 高龄 魏碑 鲁班
鲁菜 鲜花 鸡年 黄山 黄昏 黄河 黄酒 黄金 齐全 齐心 龙头 龙年 龙舟 龙虾
"""
EVERYDAY = frozenset(_EVERYDAY.split())
"""Words that begin like a Chinese name and are none."""

_EVERYDAY_EN = """
A ATM An And April Are Ask August Bank Bond Branch But CNY Call Card Centre Chinese Client Clients Customer Data Day Dear December
Deposit Do Does Dr Eve February Festival Friday Fund Give He Head Hello Her Here His Hotline How I ID If Is It January July June Keep Let
Line Loan Manager March May Mid Miss Monday Mr Mrs Ms My Name National New No Not November October Offer Office Or Our PIN Please RMB SMS
Saturday Say Send September Service She Show Spring Stage Sunday Tell Thank Thanks That The Their Then There These They This Those
Thursday Tier Tuesday USD Was We WeChat Wednesday What When Who Year Yes You Your
"""
EVERYDAY_EN = frozenset(_EVERYDAY_EN.split())
"""Words with a capital that are no name."""

_GIVEN_WORDS = """
中秋 保险 健康 元旦 冬至 吉祥 和平 国庆 如意 安全 家庭 平安 幸福 建设 志愿 成功 教育 新年 方便 明天 春天 春节 秋天 立春 端午 阳光
"""
GIVEN_WORDS = frozenset(_GIVEN_WORDS.split())
"""Given names that are words in everyday use: alone they stay."""

_LATIN_WORDS = """
An Ban Ben Bin Can Ding Dong Fan Gang Hang He Ling Long May Men Pan Pin Ping Rang Sang She Song Sun Tang Wan Wen You
"""
LATIN_WORDS = frozenset(_LATIN_WORDS.split())
"""Latin names that are words or syllables: alone they stay."""

_PLAIN_EMPLOYERS = """
none retired self-employed 个体 事业单位 公司 务农 医院 国企 外企 学校 工厂 政府 无 无业 机关 私企 自由职业 退休 部队 银行
"""
PLAIN_EMPLOYERS = frozenset(_PLAIN_EMPLOYERS.split())
"""What stands for an employer and tells nothing of whom."""

NEVER = frozenset("从位别向和应来给要过那都长")
"""Surnames that in running text are something else."""
RISKY = NEVER | frozenset("万乐习于任保党全关冷包单卫原古商安官席常干平强成房方时明查段游相祝管练经能花解计谈谢路车边连重钱项")
"""Surnames that mostly are something else: they count only where cue and word leave no doubt."""
TOP = frozenset(
    "丁乔何余侯傅冯刘卢史叶吕吴周唐夏姚姜孔孙孟宋尹崔康廖张彭徐戴文易曹曾朱李杜杨林梁武毛江汤汪沈潘熊王田白石秦程罗胡苏范萧董蒋蔡薛袁许谭贺贾赖赵"
    "邓邱邵邹郑郝郭金钟阎陆陈雷韩顾马高魏黄黎龙龚"
)
"""The commonest surnames: after them a word that the tokenizer does not know is taken for a given name."""
NOT_GIVEN = frozenset(
    "的了是有与及或说问让给把被将要会也就不没到从对为等吗吧呢很再才这那您你我他她它们个位岁上下里外人先女小姐阿叔去过还跟找帮打做想"
)
"""Characters that a given name does not hold."""

_ENDS = (
    "[资现基奖黄租定佣本证五合税]金|[地对双官多甲乙一警校药配]方|[完达变构收]成|[小及当同暂临]时|[说证声表透]明|[账订名简清存菜]单|"
    "[一两三四五六七八九十几数百千]万|[公平]安|[个每]段|[几一两每这那]张|[用花存]钱|[正日通]常|[开停公]车|[检调]查|[信回责]任|"
    "水平|[客用]户|[大会]堂|[道铁公马]路|[春夏秋冬四]季|全家|[关对终属由至等在用处老]于|[任如为几]何|汇总|人员|加强"
)
NO_SURNAME_HERE = f"(?:{_ENDS})$"
"""Where a character that may be a surname ends another word: 资金, 任何, 关于."""
BEFORE = {
    "金": "资现基奖黄租定佣本证", "成": "完达变构", "方": "地对双官", "时": "小及当", "单": "账订名清",
    "万": "一二三四五六七八九十百几0123456789",
    "高": "提最", "安": "平公", "明": "说证", "常": "非经", "平": "水公", "程": "工流", "何": "任如为几", "于": "关对终属由至",
}  # fmt: skip
"""The same for one surname: what must not stand before it where the surname and a title are looked for."""

SURE_TITLES = (
    "先生", "女士", "小姐", "太太", "夫人", "阿姨", "叔叔", "伯伯", "大爷", "大妈", "大娘", "大伯", "大叔", "大婶", "大嫂", "奶奶",
    "爷爷", "大哥", "大姐", "老板娘", "老板", "姐姐", "哥哥", "婆婆", "公公", "姑姑", "姨妈", "师傅", "老师", "医生", "大夫", "律师",
    "教授", "行长", "局长", "处长", "科长", "校长", "院长", "厂长", "店长", "所长", "村长", "主任", "书记", "经理", "会计",
    "老太", "老爷子", "同学", "护士",
)  # fmt: skip
SHORT_TITLES = ("总", "董", "工", "哥", "姐", "嫂", "姨", "叔", "婶", "伯", "爷", "妈", "老")
AFTER_TOTAL = r"(?![额量是共计和体部行数值之会裁结归公则在能务账支资商])"
"""After «总»: 总额, 总量, … are no form of address."""

_STRONG = "姓名|户名|名叫|名字叫|名字是|本名|全名|曾用名|收款人|付款人|联系人|经办人|担保人|受益人|户主|法人代表|法人|介绍人|推荐人"
_KIN = (
    "儿子|女儿|老公|老婆|丈夫|妻子|爱人|老伴|太太|孩子|孙子|孙女|外孙女|外孙|母亲|父亲|妈妈|爸爸|岳父|岳母|公公|婆婆|哥哥|弟弟|姐姐|妹妹|"
    "儿媳|女婿|侄子|侄女|外甥女|外甥|表哥|表弟|表姐|表妹|亲家|老大|老二|大儿子|小儿子|大女儿|小女儿"
)
_WEAK = (
    "联系上|联系到|联系|找到|找|约了|约|认识|叫|喊|由|托|陪|通过|客户|朋友|同事|邻居|同学|战友|老乡|亲戚|熟人|合伙人|搭档|店员|老板|"
    "和|跟|与|让|给|向"
)
CUES = {word: sure for sure, words in (("weak", _WEAK), ("kin", _KIN), ("strong", _STRONG)) for word in words.split("|")}
"""Words before a name, and how sure they make that it is one."""
_CUES_EN = (
    "son|daughter|wife|husband|spouse|mother|father|brother|sister|grandson|granddaughter|grandchild|nephew|niece|friend|colleague|neighbour|"
    "neighbor|partner|client|customer|payee|beneficiary|name|holder|guarantor|named|called|contact|referred by|introduced by|met with|"
    "spoke to|spoke with|ask for|asked for"
)
CUES_EN = tuple(_CUES_EN.split("|"))
CALLED_EN = ("Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Madam", "Mister", "Uncle", "Auntie", "Aunt", "MR", "MRS", "MS")
