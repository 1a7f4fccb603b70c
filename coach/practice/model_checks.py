"""Whether what a language model says for the client may be said: held against the talk, in code, before anybody hears it.

The model puts into words what the offline client means. Its words stand when they mean that, tell nothing that is not told
yet, hold no figure of their own, agree to nothing, and are a client's words in the language of the talk. The reasons are
told to the trainee, so they never name what was given away.
"""

from __future__ import annotations

import re
import unicodedata

from coach.assistant import guard
from coach.assistant.verify import clean, sentences
from coach.domain.quantities import unfounded
from coach.domain.words import Lang, pick
from coach.practice.breaches import context_of
from coach.practice.likeness import units
from coach.practice.partner import Answered, Partner
from coach.practice.talk import Turn

LETTERS, WORDS = 120, 60
"""The longest reply: letters in Chinese, words in English. What is meant may be longer; then that is the bound."""
SENTENCES = 2
"""More of them only where they are short: within half of the bound altogether."""
MEANT_FROM = 0.30
"""Nearer than this a reply comes to what was meant. Of the scenarios' own pairs of ways to say one thing 95 % lie above 0.32."""
SECRET_FROM = 0.50
"""This near to an untold fact's words, and nearer than to what was meant, a reply gives it away. Of unlike pairs 95 % lie below 0.40."""
ECHO = {"zh": 10, "en": 30}
"""So many letters on end out of the trainee's last words, which were not meant, are repeated after the trainee."""
RECENT = 4
"""Turns back in which a client's words may not stand already."""
_INTERJECTION = {"zh": 4, "en": 10}
"""Up to so many letters a sentence («好吧。») does not count as one."""
_BRACKETS = re.compile(r"[（）()\[\]【】{}<>*#`_~]")
_OWN_LABEL = re.compile(r"^\s*(?:客户|client|customer)\s*[:：]\s*", re.IGNORECASE)
_LABEL = re.compile(r"(?:员工|客户经理|理财经理|经理|客户|旁白|staff|manager|client|customer|narrator)\s*[:：]", re.IGNORECASE)
_OUT_OF_ROLE = {
    "zh": re.compile(
        r"AI|人工智能|语言模型|大模型|模型|机器人|程序|提示词|指令|系统提示|系统消息|扮演|角色|剧本|设定|场景|对练|练习|模拟|JSON|打分|评分|满分|规则",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:AI|A\.I\.|language model|model|chat\s?bots?|bots?|robots?|assistant|prompts?|system|instructions?|rules|role-?play\w*|roles?"
        r"|persona|scenario|simulat\w+|pretend\w*|JSON|scores?|marks|trainees?|training|practice|developer|override|jailbreak\w*)\b",
        re.IGNORECASE,
    ),
}
_STAFF = {
    "zh": re.compile(
        r"我是[^，。！？]{0,10}(?:银行|支行|网点|经理|柜员)|您的客户经理|我们(?:这边|银行|支行|网点|行)(?:的|有|能|可以|会|新|推出|专门|为)|为您(?:服务|办|安排|准备)"
        r"|帮您|给您(?:介绍|推荐|办|准备|安排)|感谢您(?:的|对)|欢迎(?:您|来)"
    ),
    "en": re.compile(
        r"\bI(?:'m| am) (?:\w+ ){0,3}(?:from|with|at) (?:the|your|our) \w*\s?(?:bank|branch)|\bour (?:bank|branch|products?|clients?)\b"
        r"|\byour (?:client|relationship|account) manager\b|\b(?:how )?(?:can|may) I help you\b|\bthank you for (?:banking|choosing)\b"
        r"|\bon behalf of the (?:bank|branch)\b|\bwe (?:offer|can offer|recommend)\b",
        re.IGNORECASE,
    ),
}
_AGREES = {
    "zh": re.compile(
        r"我(?:们)?(?:现在|马上|今天|明天|后天|下周|这就|就|都|全|一定|肯定|愿意|会|要|想|可以|同意|答应)*"
        r"(?:买|认购|申购|投|签|存(?:你|到|进|过|在|了|\d|[一二三四五六七八九十])|转(?:过|给|进|到|你)|办(?:了|吧|理)|过来|过去|去你们|来你们|[来去到]网点)"
        r"|(?:就|都)买|买了|买吧|签字|成交|答应你|都?听你的|就这么(?:定|办)|按你说的"
    ),
    "en": re.compile(
        r"\bI(?:'ll| will| shall|'m going to| am going to|'d like to| want to| would like to| can)\s+(?:\w+\s+){0,2}?"
        r"(?:buy|sign|deposit|transfer|invest|come|bring|put|purchase|subscribe)\b"
        r"|\bI (?:agree|promise|accept|guarantee)\b|\bit'?s a deal\b"
        r"|\bsign me up\b|\b(?:that's )?settled\b",
        re.IGNORECASE,
    ),
}  # fmt: skip
_HAN = re.compile(r"[\u3400-\u9fff]")


def spoken(text: str) -> str:
    """The words alone: one line, without the speaker's name, quotation marks around all of it, unseen characters."""
    said = re.sub(r"\s+", " ", clean(text)).strip()
    said = _OWN_LABEL.sub("", said).strip()
    for left, right in ("“”", "「」", '""', "''"):
        if len(said) > 2 and said[0] == left and said[-1] == right and left not in said[1:-1] and right not in said[1:-1]:
            said = said[1:-1].strip()
    return said


def flaw(text: str, partner: Partner, turns: tuple[Turn, ...], meant: Answered) -> str | None:
    """Why these words may not be the client's, as one line for the trainee; ``None`` where they may."""
    lang, told = partner.lang, _told(partner, turns, meant.text)
    found = _form(text, lang, meant.text) or _role(text, lang, told)
    found = found or _heard(text, partner, turns, told) or _secret(text, partner, meant.text) or _meaning(text, partner, meant.text, told)
    return pick(lang, *found) if found else None


def _told(partner: Partner, turns: tuple[Turn, ...], meant: str) -> str:
    """What the client may speak of: what is meant, the records, what was told and raised so far."""
    words, state = partner.words, partner.state
    said = [*(words.facts[name].tells for name in state.told), *(words.objections[name].says for name in state.raised)]
    own = [turn.text for turn in turns if turn.who == "client"]
    return "\n".join([meant, words.situation, *(one for ways in said for one in ways), *own])


_Line = tuple[str, str]
"""A reason in Chinese and in English."""


def _form(text: str, lang: Lang, meant: str) -> _Line | None:
    """Language and length."""
    if not re.search(r"\w", text):
        return "模型什么也没说", "the model said nothing"
    han = len(_HAN.findall(text))
    latin = sum(ch.isascii() and ch.isalpha() for ch in text)
    other = sum(unicodedata.category(ch)[0] == "L" for ch in text) - han - latin
    if other or (han if lang == "en" else han < latin / 2):
        return "模型没有用这场对话的语言", "the model left the language of the talk"
    size, most = (len(re.findall(r"\w", text)), LETTERS) if lang == "zh" else (len(text.split()), WORDS)
    own = len(re.findall(r"\w", meant)) if lang == "zh" else len(meant.split())
    if size > max(most, own) or (size > max(most / 2, own) and _count(text, lang) > SENTENCES):
        return "模型的话太长", "the model's words are too long"
    return None


def _count(text: str, lang: Lang) -> int:
    return sum(len(re.findall(r"\w", sentence)) > _INTERJECTION[lang] for sentence in sentences(text, lang))


def _role(text: str, lang: Lang, told: str) -> _Line | None:
    """A client's words only: no machine, no staff, no stage directions."""
    if odd := [ch for ch in _BRACKETS.findall(text) if ch not in told]:
        return f"模型写了括号或标记「{odd[0]}」", f"the model wrote brackets or marks ({odd[0]})"
    low = told.lower()
    if _LABEL.search(text) or any(found[0].lower() not in low for found in _STAFF[lang].finditer(text)):
        return "模型替员工说话了", "the model spoke for the staff"
    if any(found[0].lower() not in low for found in _OUT_OF_ROLE[lang].finditer(text)):
        return "模型离开了客户的角色", "the model stepped out of the client's role"
    return None


def _heard(text: str, partner: Partner, turns: tuple[Turn, ...], told: str) -> _Line | None:
    """Nothing said after the trainee, nothing said before; no figure of the model's own; nothing that the rules block."""
    lang, said, own = partner.lang, _letters(text), _letters(told)
    staff = _letters(next((turn.text for turn in reversed(turns) if turn.who == "staff"), ""))
    run = ECHO[lang]
    copied = len(said) > 1 and said in staff and said not in own
    if copied or any((piece := said[at : at + run]) in staff and piece not in own for at in range(len(said) - run + 1)):
        return "模型照着员工的话说了一遍", "the model repeated what the staff said"
    if said in {_letters(turn.text) for turn in turns[-RECENT:] if turn.who == "client"}:
        return "模型把说过的话又说了一遍", "the model said again what it had said"
    if odd := unfounded(text, [told, *(turn.text for turn in turns)], lang, partner.bench.today):
        return f"模型编了数字「{odd[0]}」", f"the model made up a figure ({odd[0]})"
    rules = guard.word_rules(context_of(partner.scenario, partner.bench, lang), partner.bench.rules)
    broken = {c.rule for c in rules(text, "visit") if c.severity == "block"}
    if broken and broken - {c.rule for c in rules(told, "visit")}:
        return "模型的话碰到了合规规则", "the model's words touch a compliance rule"
    return None


def _secret(text: str, partner: Partner, meant: str) -> _Line | None:
    """Nothing that the client has not told, whether the trainee has asked for it or not."""
    state, lang, like = partner.state, partner.lang, partner.bench.likeness
    low, said = text.lower(), units(text, lang)
    near = like.nearest(said, [meant], lang)
    gone = partner.reader.client(text).told - partner.reader.client(meant).told - set(state.told)
    for fact in partner.scenario.facts:
        if fact.id in state.told:
            continue
        words = partner.words.facts[fact.id]
        signed = any(sign.lower() in low and sign.lower() not in meant.lower() for sign in words.signs)
        close = like.nearest(said, words.tells, lang)
        if signed or fact.id in gone or (close >= SECRET_FROM and close > near):
            return "模型说了客户这时还不会说的事", "the model told what the client would not tell yet"
    return None


def _meaning(text: str, partner: Partner, meant: str, told: str) -> _Line | None:
    """What is meant is said: a fact told now is told, an objection raised now is raised, no other; nothing more is agreed to."""
    lang, state = partner.lang, partner.state
    said, wanted = partner.reader.client(text), partner.reader.client(meant)
    if not wanted.told & set(state.told) <= said.told or not wanted.objections & set(state.raised) <= said.objections:
        return "模型漏了客户这时要说的事", "the model left out what the client says here"
    if said.objections - wanted.objections - set(state.raised):
        return "模型提了客户这时还没有的异议", "the model raised an objection that the client does not have yet"
    if any(found[0].lower() not in told.lower() for found in _AGREES[lang].finditer(text)):
        return "模型答应了客户没有答应的事", "the model agreed to what the client has not agreed to"
    if partner.bench.likeness.nearest(units(text, lang), units(meant, lang), lang) < MEANT_FROM:
        return "模型说的不是客户这时的意思", "the model's words do not mean what the client means here"
    return None


def _letters(text: str) -> str:
    return "".join(ch for ch in text.lower() if ch.isalnum())
