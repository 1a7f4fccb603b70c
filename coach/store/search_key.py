"""What a client is found by: name, pinyin, initials, number, phone and tags in one lower-case string.

Surnames are read as surnames (单 is Shàn, 曾 Zēng, 仇 Qiú), the rest as pypinyin reads it; where a
surname has two readings in use, both are kept.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from coach.domain.surnames import SURNAMES

_INITIALS = {"yuchi": "yc", "moqi": "mq", "zhangsun": "zs", "tantai": "tt", "chanyu": "cy", "yuwen": "yw", "linghu": "lh",
             "shanfu": "sf", "huangfu": "hf", "huyan": "hy", "yuezheng": "yz"}
_SEPARATOR = " "


@lru_cache(maxsize=20_000)
def _syllables(text: str) -> tuple[str, ...]:
    from pypinyin import Style, lazy_pinyin

    return tuple(s.strip().lower() for s in lazy_pinyin(text, style=Style.NORMAL, errors="default") if s.strip())


def readings(name: str) -> list[tuple[str, str]]:
    """(full pinyin without tones, initials) of a name, one pair for each reading of its surname."""
    name = name.replace("·", "").replace(" ", "")
    surname = name[:2] if name[:2] in SURNAMES else name[:1]
    if not any("㐀" <= c <= "鿿" for c in name):
        return []
    known = SURNAMES.get(surname)
    if known is None or len(name) > 4:  # a company, or a surname with one reading
        parts = _syllables(name)
        return [("".join(parts), "".join(p[:1] for p in parts))]
    rest = _syllables(name[len(surname):])
    tail = "".join(p[:1] for p in rest)
    return [(first + "".join(rest), _INITIALS.get(first, first[:1]) + tail) for first in known]


def search_key(name: str, client_no: str, phone: str | None = None, tags: str | None = None) -> str:
    """The string that ``LIKE '%…%'`` looks into; the typed text goes through :func:`typed` first."""
    parts = [name, *(part for pair in readings(name) for part in pair), client_no, phone or "", (tags or "").replace(";", _SEPARATOR)]
    return typed(_SEPARATOR.join(dict.fromkeys(part for part in parts if part)))


def typed(text: str) -> str:
    """What a person typed, in the form of the key: half-width, lower case, ``ü`` as ``v``."""
    return unicodedata.normalize("NFKC", text).strip().lower().replace("ü", "v")
