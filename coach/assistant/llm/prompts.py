"""The prompts of ``prompts/<lang>/``: the part that never changes first, then what is asked now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from string import Template

from coach.domain.words import Lang
from coach.paths import PROMPTS

Message = tuple[str, str]
"""Role (system, user, assistant) and text."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One task's words in one language. ``version`` changes with any word of them."""

    name: str
    version: str
    system: str
    user: Template
    repair: Template

    def messages(self, values: Mapping[str, str]) -> list[Message]:
        """What is sent first. A value is data: a ``$`` in it stays a ``$``."""
        return [("system", self.system), ("user", self.user.substitute(values))]

    def again(self, flaws: str) -> Message:
        """What is sent once more, with the reasons."""
        return "user", self.repair.substitute(flaws=flaws)


def _read(lang: Lang, name: str) -> str:
    return (PROMPTS / lang / name).read_text(encoding="utf-8").strip()


@lru_cache
def prompt(name: str, lang: Lang) -> Prompt:
    """A task's prompt, read once per process."""
    texts = [_read(lang, f"{name}.system.md"), _read(lang, f"{name}.user.md"), _read(lang, "repair.user.md")]
    version = f"{name}-{blake2b(chr(0).join(texts).encode(), digest_size=4).hexdigest()}"
    return Prompt(name, version, texts[0], Template(texts[1]), Template(texts[2]))
