"""What a text says has been done, and whether anything but a passage bears that out.

A passage of the playbook tells how one should act. It can never tell that something *was* done for this client: the
account moved, the limit raised, the fee waived, the order placed. So a clause that reports an act as done or under way,
whatever the verb, must say what the client's records, the person's own words or the approved sample say.

A clause reports an act by its grammar, not by its verb: in English a perfect, a past or a passive, a participle alone,
an «is now»; in Chinese 已, 了, 过, 完成 and the endings of result (好, 妥, 完), or 正在. Questions, conditions, what is denied
and what is still to come report none. Verbs of the mind and of speech («I have noted», «我记着») are passed over: they are
the only verbs that are listed, so that a verb nobody thought of is held to the records.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from coach.domain.words import Lang

SAID_SHARE = 0.8
"""So much of an act's own words must stand in one sentence of what bears it out; the verb always."""

_CUT = {
    "zh": re.compile(r"(?<=[？?])|[，,；;：:。！!\n、“”「」（）()]"),
    "en": re.compile(r"(?<=\?)|[;:!\n“”()—]|[,.](?!\d)|\b(?:and|but)\b", re.IGNORECASE),
}
_SENTENCE = {"zh": re.compile(r"[^。！？!?；;\n]+"), "en": re.compile(r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]*)*")}

_OURS = {"zh": re.compile(r"我|本行|[为给帮替]您"), "en": re.compile(r"\b(?:i|we|my|our)\b", re.IGNORECASE)}

# --- Chinese

_SURE_ZH = re.compile(
    r"(?:业已|早已|均已|现已|都已|也已|已经|已(?!有))(?P<verb>.+)|正在(?P<now>.+)|(?:刚刚|刚才|刚|正)(?P<just>[为给帮替把将].+)"
)
_ENDED_ZH = re.compile(r"(?P<verb>[\u4e00-\u9fff]{1,12}?)(?:完成|办结|完毕|成功|到账|入账|生效|通过|搞定)(?:了|啦)?[？?]?$")
_PAST_ZH = re.compile(r"(?P<verb>[\u4e00-\u9fff]{1,4})(?<![得路])(?:了|啦|喽|过(?![去来两几一户的]))(?!解|不起|得)")
_RESULT_ZH = re.compile(r"[为给帮替]您(?P<verb>.*(?:好|妥|完|掉|成|清|齐|到|出|入|进|走|回|上|下来|过去|过来))$")
_COMING_ZH = re.compile(
    r"将(?!您|它|这|那|其|钱|款)|(?<![机社协])会(?!计|议|员)|要(?!求|紧|好|的)|可以|(?<!功)能(?!力)|想(?!办法)|打算|到时|届时|回头|改天|明天|下次|以后|往后|(?<!不)再|愿|祝|希望|(?<!特)别"
)
_AHEAD_ZH = re.compile(r"就|先|提前|准备|请|等|记得|方便")
_DENIED_ZH = re.compile(r"没|未|不(?!过|仅|但|光|只)|别|无需|勿")
_IF_ZH = re.compile(
    r"要是|^(?:如果|如|若|倘若|万一|一旦|只要|等|待|无论|不管|除非|每)|(?:的话|时|之后|以后|后|之前|以前|前)$|了(?:我|再|就|给|跟)|有了|^您?[来到]了"
)
_SEASON_ZH = re.compile(r"(?:(?<![很尽赶])快|要(?!的)|太|该|别)\S{0,6}了$|为了|除了|了解|[凉冷热暖温]了$|罢了|久了")
_MIND_ZH = re.compile(
    r"(?<!登)记[着得住下]|想[起到着念]|惦记|[听聊说谈问](?:[起到过说候好个]|$)|提起|提到过|提过|联系|认识|见[到过面]|看[到见]"
    r"|忘|打扰|耽误|知道|明白|理解|谢"
)
_RANG_ZH = re.compile(r"打[过了]?.{0,6}电话")
_EMPTY_ZH = frozenset(
    "的了是在我你您他她它也就都还又才要把被给这那一个和跟与或等着过得地吗呢吧们里上有对从到会能可已经业早均现为帮替将行本啦喽刚正好"
)
_VALUE_ZH = re.compile(r"\d[\d.,，%％]*\s*(?:万|亿)?(?:元|月|日|年|天|号)?")

# --- English

_IRREGULAR = (
    "sent|put|set|paid|made|done|given|gone|taken|begun|broken|bought|brought|built|chosen|cut|dealt|drawn|found|"
    "frozen|got|gotten|had|held|kept|laid|led|left|lent|let|lost|met|quit|reset|run|sold|shut|split|spent|"
    "torn|thrown|told|undone|won|withdrawn|wound|written|overridden|redone|rewritten|rebuilt|sought|struck|hit|fed|"
    "bound|cast|caught|shown|hidden|forgiven|proven|borne|sworn|stolen|woken|repaid|resent|unfrozen|upheld|withheld"
)
_SIMPLE_PAST = (
    "went|took|gave|did|began|broke|chose|drew|froze|saw|spoke|threw|undid|withdrew|wrote|overrode|ran|forgave|hid|came|became|stole|rang"
)
_ADVERB = r"(?:(?:just|already|now|also|since|today|recently|fully|all|both|duly|even|finally|successfully|safely|\w+ly|gone ahead and) )*"
_ED = r"[a-z]{2,}(?<!e)ed|agreed|freed|guaranteed"
_PARTICIPLE = rf"(?P<verb>{_ED}|{_IRREGULAR})\b"
_PERFECT = re.compile(rf"\b(?:have|has|had|having|'ve|'s)\s{_ADVERB}(?:been\s{_ADVERB})?{_PARTICIPLE}", re.IGNORECASE)
_PASSIVE = re.compile(rf"\b(?:was|were|got|gets|is|are|'s|'re|am|being)\s{_ADVERB}(?:being\s)?{_ADVERB}{_PARTICIPLE}", re.IGNORECASE)
_PAST = re.compile(
    rf"\b(?:i|we|they|he|she|bank|branch|team|office|system|colleagues?|manager|desk|centre|department|it|that|which|who)\s{_ADVERB}"
    rf"(?P<verb>{_ED}|{_IRREGULAR}|{_SIMPLE_PAST})\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"^\W*(?:and |so |then |now |all |it |\w+ly )*(?!(?:put|set|let|cut|run|hit|shut|quit|reset|split|cast|shed)\b){_PARTICIPLE}",
    re.IGNORECASE,
)
"""Without the verbs whose participle is also their command."""
_AT_END = re.compile(
    rf"^(?:[\w'’-]+ ){{1,5}}(?:all |now |already |\w+ly )?{_PARTICIPLE}\W*(?:today|now|already|for you)?\W*$", re.IGNORECASE
)
_NOW = re.compile(
    r"\b(?:is|are|'s|'re)\s(?:(?:all|now|already|fully|officially) )*"
    r"(?P<verb1>now|already|complete|through|live|effective|successful|active|in place|in effect|under ?way|on (?:its|their) way|gone)\b"
    r"|\b(?P<verb2>went|gone|came|come) through\b|\bhereby (?P<verb3>\w+)|\byour (?:[\w'-]+ ){1,4}now (?P<verb4>[a-z]+)",
    re.IGNORECASE,
)
_GOING = re.compile(r"\b(?:i|we)(?:'m|'re| am| are)\s(?:now |just |currently |already )*(?P<verb1>[a-z]{3,}ing)\b", re.IGNORECASE)
_MOOD = re.compile(
    r"\b(?:will|would|shall|should|can|could|may|might|must|to be|going to|let's|please|want|like to|hope|wish|ought)\b|'ll\b|'d\b",
    re.IGNORECASE,
)
_ASKS_EN = re.compile(r"(?:have|has|had|did|do|does|was|were|is|are|how|what|which|when|who|could)\b", re.IGNORECASE)
_DENIED_EN = re.compile(r"\b(?:not|never|no|nothing|none|nobody|neither|nor|without|hardly|yet to)\b|n't\b", re.IGNORECASE)
_IF_EN = re.compile(
    r"\b(?:if|when|whenever|once|unless|until|till|after|before|whether|while|how|what|whatever|wherever|whoever|in case|as soon as"
    r"|should you)\b(?:\W+[\w']+){0,2}\W*$",
    re.IGNORECASE,
)
_MIND_EN = re.compile(
    r"(?:call|phon|ask|wonder|hop|wish|not|remember|mention|promis|talk|discuss|chat|notic|learn|enjoy|lik|look|thank|appreciat|apologis"
    r"|disturb|miss|need|interest|delight|pleas|want|worr|concern|marr|retir|suppos|invit|welcom|greet)(?:e|ed|ied|ted|ing|ting)"
    r"|thought|thinking|heard|hearing|spoke|spoken|speaking|forgot|forgotten|tried|trying|met|saw|seen|seeing|said|told|knew|known"
    r"|writing|wrote|meant|rang",
    re.IGNORECASE,
)
_IN_MIND = re.compile(r"\bkept\b.*\bin mind\b|\bas (?:we |you )?(?:\w+ )?agreed\b", re.IGNORECASE)
_EMPTY_EN_WORDS = """
a an the and or but so then to of in on at by for from with into onto over up out off as is are was were be been being am have has had
having i we you he she it they me us him her them my our your his its their this that these those there here all both just already now
also today recently fully duly even finally very quite as well not no do does did which who whom what will would
"""
_EMPTY_EN = frozenset(_EMPTY_EN_WORDS.split())
_PATTERNS_EN = (_PERFECT, _PASSIVE, _PAST, _NOW, _GOING, _ALONE, _AT_END)
_WORD = re.compile(r"[a-z][a-z'’-]*")


class Deed(NamedTuple):
    """A clause that reports an act, and the words of it that tell which act."""

    clause: str
    verb: str


def deeds(text: str, lang: Lang) -> list[Deed]:
    """Every clause of a text that reports something as done or under way, in order."""
    found = _deeds_zh if lang == "zh" else _deeds_en
    return [deed for sentence in _SENTENCE[lang].finditer(text + " ") for deed in found(_whole(text, sentence))]


def unborne(text: str, told: Collection[str], lang: Lang, values: Iterable[str] = (), *, ours: bool = False) -> list[str]:
    """The clauses of a text that report an act which none of the texts in ``told`` reports in about the same words.

    ``values``: the client's own figures and names, which say nothing of an act and are checked elsewhere.
    ``ours``: only what the writer or the bank is said to have done.
    """
    known = sorted(values, key=len, reverse=True)
    out = []
    for deed in deeds(text, lang):
        if ours and not _OURS[lang].search(deed.clause):
            continue
        own, verb = _words(_without(deed.clause, known), lang), _words(_without(deed.verb, known), lang)
        if not own or not any(_bears(own, verb, _words(sentence, lang)) for one in told for sentence in _sentences(one, lang)):
            out.append(deed.clause.strip())
    return out


def _bears(own: frozenset[str], verb: frozenset[str], said: frozenset[str]) -> bool:
    return verb <= said and len(own & said) / len(own) >= SAID_SHARE


def _clauses(sentence: str, lang: Lang) -> list[str]:
    return [clause.strip() for clause in _CUT[lang].split(sentence) if clause.strip()]


def _whole(text: str, sentence: re.Match[str]) -> str:
    """The sentence with the mark that ends it: a question is one by its mark."""
    return text[sentence.start() : sentence.end() + 1]


@lru_cache(maxsize=2048)
def _sentences(text: str, lang: Lang) -> tuple[str, ...]:
    return tuple(_SENTENCE[lang].findall(text))


def _without(text: str, values: Iterable[str]) -> str:
    for value in values:
        text = text.replace(value, " ")
    return text


@lru_cache(maxsize=8192)
def _words(text: str, lang: Lang) -> frozenset[str]:
    """What tells of an act: Chinese letters, or the beginnings of English words, those aside that say nothing by themselves."""
    if lang == "zh":
        bare = _VALUE_ZH.sub("", text)
        return frozenset(letter for letter in bare if "\u3400" <= letter <= "\u9fff" and letter not in _EMPTY_ZH)
    return frozenset(word[:4] for word in _WORD.findall(text.lower()) if word not in _EMPTY_EN)


def _deeds_zh(sentence: str) -> Iterator[Deed]:
    for clause in _clauses(sentence, "zh"):
        if _IF_ZH.search(clause) or (clause[-1:] in "？?" and not re.search(r"我|[为给帮替]您", clause)):
            continue
        found = (_deed_zh(clause, pattern, m) for pattern in (_SURE_ZH, _ENDED_ZH, _PAST_ZH, _RESULT_ZH) for m in pattern.finditer(clause))
        yield from islice(filter(None, found), 1)


def _deed_zh(clause: str, pattern: re.Pattern[str], m: re.Match[str]) -> Deed | None:
    verb = next(part for part in m.groups() if part is not None)
    near = verb[:6] if pattern is _SURE_ZH else verb[-3:]
    if _MIND_ZH.search(near) or _DENIED_ZH.search(near if pattern is _SURE_ZH else clause[max(0, m.end() - 8) : m.end()]):
        return None
    if _RANG_ZH.search(clause[m.start() :]):
        return None
    if pattern is not _SURE_ZH and (_COMING_ZH.search(clause[: m.end()]) or _SEASON_ZH.search(clause)):
        return None
    return None if pattern is _RESULT_ZH and _AHEAD_ZH.search(clause) else Deed(clause, near)


def _deeds_en(sentence: str) -> Iterator[Deed]:
    for clause in _clauses(sentence.replace("’", "'"), "en"):
        if clause.endswith("?") and _ASKS_EN.match(clause):
            continue
        found = (_deed_en(clause, pattern, m) for pattern in _PATTERNS_EN for m in pattern.finditer(clause))
        yield from islice(filter(None, found), 1)


def _deed_en(clause: str, pattern: re.Pattern[str], m: re.Match[str]) -> Deed | None:
    whole = pattern in (_ALONE, _AT_END)
    verb = next(part for part in m.groups() if part is not None)
    if _MIND_EN.fullmatch(verb) or _IN_MIND.search(clause) or _DENIED_EN.search(clause[max(0, m.start() - 12) : m.end()]):
        return None
    if _IF_EN.search(clause[: m.start("verb") if whole else m.start()]) or (whole and _MOOD.search(clause)):
        return None
    return Deed(clause, verb)
