"""A scenario being written: every field as it was typed, the file that it makes, and the checker's words beside the fields.

What stands in a field is kept letter by letter, whether it is right or not. The file is made from it for the reader's
check; each of its lines is remembered with the field that it came from, so that a mistake is shown where it can be mended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from coach.domain.words import Channel, Lang, Stage, Tier

if TYPE_CHECKING:
    from coach.practice.scenario import Scenario

Key = tuple[str | int, ...]
Kind = Literal["line", "text", "lines", "list", "number", "choice", "yesno", "holdings"]
GROUPS = ("facts", "objections", "points", "traps")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. ``options``: the values of a choice, read by :func:`coach.domain.words.label` or as they are."""

    key: Key
    kind: Kind
    name: str
    """The text's key, after ``form.``."""
    options: tuple[str, ...] = ()


_PARTS: dict[str, tuple[tuple[str, Kind, tuple[str, ...]], ...]] = {
    "facts": (
        ("id", "line", ()), ("kind", "choice", ("knows", "wants", "hides")), ("trust", "number", ()), ("key", "yesno", ()),
        ("tells", "lines", ()), ("dodges", "lines", ()), ("asked", "lines", ()), ("signs", "list", ()),
    ),
    "objections": (
        ("id", "line", ()), ("turn", "number", ()), ("says", "lines", ()), ("soothed", "lines", ()), ("angered", "lines", ()),
        ("signs", "list", ()), ("like", "lines", ()), ("on", "list", ()), ("soothes", "list", ()), ("angers", "list", ()),
    ),
    "points": (
        ("id", "line", ()), ("criterion", "choice", ()), ("cites", "list", ()), ("advice", "text", ()), ("say", "text", ()),
        ("like", "lines", ()),
    ),
    "traps": (("id", "line", ()), ("criterion", "choice", ()), ("cites", "list", ()), ("advice", "text", ()), ("like", "lines", ())),
}  # fmt: skip
"""Of each group: the fields of one item."""
STRUCTURE = {
    "facts": ("id", "kind", "trust", "key"), "objections": ("id", "turn", "on", "soothes", "angers"),
    "points": ("id", "criterion", "cites"), "traps": ("id", "criterion", "cites"),
}  # fmt: skip
"""What stands in the structure; the rest are words."""


@dataclass(slots=True)
class Draft:
    """The fields of one scenario in one language."""

    lang: Lang
    values: dict[Key, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GROUPS, 0))
    replies: dict[str, list[str]] = field(default_factory=dict)
    """The client's words special to the scenario: taken over from the copy as they are."""
    base: str = ""
    """The scenario that it was copied from."""

    # -- made from, kept, read back

    @classmethod
    def copy_of(cls, scenario: Scenario, lang: Lang, taken: set[str]) -> Draft:
        """All fields as in a scenario; the id is a free one."""
        spoken = scenario.lang(lang)
        data = scenario.model_dump(mode="json", exclude_none=True)
        words = data[spoken]
        made = cls(spoken, base=scenario.id, replies=words.get("replies", {}))
        number = next(n for n in range(2, 1000) if f"{scenario.id}-{n}" not in taken)
        made._put(("id",), f"{scenario.id}-{number}")
        for name in ("topic", "difficulty", "channel", "turns", "minutes", "temper"):
            made._put((name,), data[name])
        for name in ("title", "name", "call_name", "situation", "goal", "persona", "opening"):
            made._put(("words", name), words.get(name, ""))
        for name in ("gender", "age", "stage", "tier", "risk_level", "assessed_days_ago", "marketing_consent", "assets"):
            made._put(("client", name), data["client"].get(name, ""))
        made._put(("client", "holdings"), [_held(one) for one in data["client"]["holdings"]])
        for name in ("trust", "patience"):
            made._put(("state", name), data["state"][name])
        for group in GROUPS:
            made.counts[group] = len(data[group])
            for at, item in enumerate(data[group]):
                both = {**words[group][item["id"]], **item}
                for name, _, _ in _PARTS[group]:
                    value = both.get(name, "")
                    made._put((group, at, name), ", ".join(value) if name in _LISTS else value)
        for name in ("agreed", "thinking"):
            made._put(("reached", name, "trust"), data["endings"][name]["trust"])
            made._put(("reached", name, "facts"), ", ".join(data["endings"][name]["facts"]))
        for name, lines in words["endings"].items():
            made._put(("endings", name), lines)
        for name, weight in data["rubric"].items():
            made._put(("rubric", name), weight)
        return made

    def _put(self, key: Key, value: Any) -> None:
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        self.values[key] = "\n".join(value) if isinstance(value, list | tuple) else str(value)

    def get(self, key: Key) -> str:
        return self.values.get(key, "")

    def as_json(self) -> dict[str, Any]:
        return {
            "lang": self.lang, "base": self.base, "counts": self.counts, "replies": self.replies,
            "values": [[list(key), text] for key, text in self.values.items()],
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Draft:
        """A draft that was kept. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is none."""
        lang: Lang = "en" if data["lang"] == "en" else "zh"
        values = {tuple(key): str(text) for key, text in data["values"]}
        return cls(lang, values, {group: int(data["counts"][group]) for group in GROUPS}, dict(data["replies"]), str(data["base"]))

    # -- items of a group

    def add(self, group: str) -> int:
        """One more item, empty; its place."""
        at = self.counts[group]
        self.counts[group] += 1
        for name, kind, options in _PARTS[group]:
            fallback = "no" if kind == "yesno" else options[0] if options else "tone" if name == "criterion" else ""
            self.values[group, at, name] = fallback
        return at

    def remove(self, group: str, at: int) -> None:
        """Take an item out; those behind it move up."""
        for later in range(at, self.counts[group] - 1):
            for name, _, _ in _PARTS[group]:
                self.values[group, later, name] = self.get((group, later + 1, name))
        self.counts[group] -= 1
        for name, _, _ in _PARTS[group]:
            self.values.pop((group, self.counts[group], name), None)

    # -- steps

    def steps(self) -> list[str]:
        """The steps in order: ``basics``, …, ``facts:0``, …"""
        items = [f"{group}:{at}" for group in GROUPS for at in range(self.counts[group])]
        return ["basics", "client", "story", "course", *items, "endings", "rubric"]

    def fields(self, step: str) -> list[Field]:
        """What is filled in at a step."""
        from coach.practice.kit import CRITERIA
        from coach.practice.scenario import Temper

        name, _, at = step.partition(":")
        if name in GROUPS:
            return [
                Field((name, int(at), part), kind, f"{name}.{part}", options or (CRITERIA if part == "criterion" else ()))
                for part, kind, options in _PARTS[name]
            ]
        if name == "rubric":
            return [Field(("rubric", criterion), "number", f"criterion.{criterion}") for criterion in CRITERIA]
        fixed: dict[str, list[Field]] = {
            "basics": [
                Field(("words", "title"), "line", "title"), Field(("id",), "line", "id"), Field(("topic",), "line", "topic"),
                Field(("difficulty",), "choice", "difficulty", ("1", "2", "3")),
                Field(("channel",), "choice", "channel", tuple(Channel)), Field(("temper",), "choice", "temper", get_args(Temper)),
                Field(("turns",), "number", "turns"), Field(("minutes",), "number", "minutes"),
            ],
            "client": [
                Field(("words", "name"), "line", "name"), Field(("words", "call_name"), "line", "call_name"),
                Field(("client", "gender"), "choice", "gender", ("f", "m")), Field(("client", "age"), "number", "age"),
                Field(("client", "stage"), "choice", "stage", tuple(Stage)), Field(("client", "tier"), "choice", "tier", tuple(Tier)),
                Field(("client", "risk_level"), "line", "risk_level"), Field(("client", "assessed_days_ago"), "number", "assessed"),
                Field(("client", "marketing_consent"), "yesno", "consent"), Field(("client", "assets"), "number", "assets"),
                Field(("client", "holdings"), "holdings", "holdings"),
            ],
            "story": [
                Field(("words", "situation"), "text", "situation"), Field(("words", "goal"), "text", "goal"),
                Field(("words", "persona"), "text", "persona"), Field(("words", "opening"), "lines", "opening"),
            ],
            "course": [
                Field(("state", "trust"), "number", "trust"), Field(("state", "patience"), "number", "patience"),
                *(Field(("reached", end, part), kind, f"reached.{end}.{part}")
                  for end in ("agreed", "thinking") for part, kind in (("trust", "number"), ("facts", "list"))),
            ],
            "endings": [Field(("endings", end), "lines", f"ending.{end}") for end in ("agreed", "thinking", "refused", "hung_up")],
        }  # fmt: skip
        return fixed[name]

    def step_of(self, key: Key) -> str | None:
        """The step at which a field stands."""
        return next((step for step in self.steps() if any(found.key == key for found in self.fields(step))), None)

    # -- the file

    def toml(self) -> tuple[str, list[Key | None]]:
        """The scenario's file, and for each of its lines the field that it came from."""
        lines: list[str] = []
        keys: list[Key | None] = []
        for text, key in self._lines():
            lines.append(text)
            keys.append(key)
        return "\n".join(lines) + "\n", keys

    def _lines(self) -> Iterator[tuple[str, Key | None]]:
        for name in ("id", "topic", "channel", "temper"):
            yield f"{name} = {_string(self.get((name,)).strip())}", (name,)
        for name in ("difficulty", "turns", "minutes"):
            yield from self._number(name, (name,))
        yield "[client]", ("client", "age")
        for name in ("gender", "stage", "tier", "risk_level"):
            if text := self.get(("client", name)).strip():
                yield f"{name} = {_string(text)}", ("client", name)
        for name in ("age", "assessed_days_ago", "assets"):
            yield from self._number(name, ("client", name))
        yield f"marketing_consent = {_yes(self.get(('client', 'marketing_consent')))}", ("client", "marketing_consent")
        for held in self.get(("client", "holdings")).splitlines():
            if held.strip():
                yield from ((line, ("client", "holdings")) for line in _holding(held))
        yield "[state]", ("state", "trust")
        for name in ("trust", "patience"):
            yield from self._number(name, ("state", name))
        for group in GROUPS:
            yield from self._structure(group)
        yield "[endings]", ("reached", "agreed", "trust")
        for end in ("agreed", "thinking"):
            trust, facts = _figure(self.get(("reached", end, "trust"))), _listed(self.get(("reached", end, "facts")))
            key: Key = ("reached", end, "facts" if facts else "trust")
            yield f"{end} = {{ trust = {trust}, facts = [{', '.join(map(_string, facts))}] }}", key
        yield "[rubric]", ("rubric", "opening")
        for field_ in self.fields("rubric"):
            yield from self._number(str(field_.key[1]), field_.key)
        yield from self._words()

    def _structure(self, group: str) -> Iterator[tuple[str, Key | None]]:
        for at in range(self.counts[group]):
            yield f"[[{group}]]", (group, at, "id")
            for name in STRUCTURE[group]:
                key = (group, at, name)
                if name in ("trust", "turn"):
                    yield from self._number(name, key)
                elif name == "key":
                    yield f"key = {_yes(self.get(key))}", key
                elif name in _LISTS:
                    yield f"{name} = [{', '.join(map(_string, _listed(self.get(key))))}]", key
                else:
                    yield f"{name} = {_string(self.get(key).strip())}", key

    def _words(self) -> Iterator[tuple[str, Key | None]]:
        lang = self.lang
        yield f"[{lang}]", ("words", "title")
        for name in ("title", "name", "call_name", "situation", "goal", "persona"):
            yield f"{name} = {_string(self.get(('words', name)).strip())}", ("words", name)
        yield f"opening = {_strings(self.get(('words', 'opening')))}", ("words", "opening")
        first = {"facts": "dodges", "objections": "says", "points": "advice", "traps": "advice"}
        for group in GROUPS:
            for at in range(self.counts[group]):
                name_ = self.get((group, at, "id")).strip()
                yield f"[{lang}.{group}.{name_ if ID.fullmatch(name_) else _string(name_)}]", (group, at, first[group])
                for name, kind, _ in _PARTS[group]:
                    key = (group, at, name)
                    if name in STRUCTURE[group]:
                        continue
                    if kind == "list":
                        yield f"{name} = [{', '.join(map(_string, _listed(self.get(key))))}]", key
                    elif kind == "lines":
                        yield f"{name} = {_strings(self.get(key))}", key
                    else:
                        yield f"{name} = {_string(self.get(key).strip())}", key
        if self.replies:
            yield f"[{lang}.replies]", None
            for move, said in self.replies.items():
                yield f"{move} = [{', '.join(map(_string, said))}]", None
        yield f"[{lang}.endings]", ("endings", "agreed")
        for field_ in self.fields("endings"):
            yield f"{field_.key[1]} = {_strings(self.get(field_.key))}", field_.key

    def _number(self, name: str, key: Key) -> Iterator[tuple[str, Key | None]]:
        """Left out where nothing stands in the field: the reader says whether it is needed."""
        if self.get(key).strip():
            yield f"{name} = {_figure(self.get(key))}", key


_LISTS = ("signs", "on", "soothes", "angers", "cites")


def _held(one: dict[str, Any]) -> str:
    parts = (one["product_type"], one["amount"], one.get("matures_in", "-" if "risk" in one else None), one.get("risk"))
    return " ".join(str(part) for part in parts if part is not None)


def _holding(text: str) -> list[str]:
    """«deposit 300000 3» or «wealth 150000 - R2»: kind, yuan, days to maturity (- = none), risk."""
    parts = [*text.replace("，", " ").replace(",", " ").split(), "", "", ""]
    lines = ["[[client.holdings]]", f"product_type = {_string(parts[0])}", f"amount = {_figure(parts[1])}"]
    if parts[2] not in ("", "-"):
        lines.append(f"matures_in = {_figure(parts[2])}")
    if parts[3]:
        lines.append(f"risk = {_string(parts[3])}")
    return lines


def _string(text: str) -> str:
    return json.dumps(_CONTROL.sub("", text), ensure_ascii=False)


def _strings(text: str) -> str:
    return f"[{', '.join(_string(line.strip()) for line in text.splitlines() if line.strip())}]"


def _listed(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,，、;；\n]", text) if part.strip()]


def _figure(text: str) -> str:
    """A number as it is; anything else as a string, for the reader to complain about."""
    text = text.strip()
    return str(float(text) if "." in text else int(text)) if _NUMBER.fullmatch(text) else _string(text)


def _yes(text: str) -> str:
    return "true" if text == "yes" else "false"
