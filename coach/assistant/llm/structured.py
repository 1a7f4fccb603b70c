"""A JSON value out of a model's answer, whatever stands around it, held against its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from coach.assistant.llm.faults import Fault

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_HALF_TAG = re.compile(r"<(?:t|th|thi|thin|think\w{0,3})?\Z", re.IGNORECASE)
_END_ALONE = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
"""Some servers open the thought in the prompt, so that only its end is in the answer."""
_MOST_STARTS = 50
_DECODER = json.JSONDecoder(strict=False)
"""Takes a line break inside a text, as small models write it."""
_FENCE = re.compile(r"```(?:json)?\s*(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def without_thoughts(text: str) -> str:
    """The text without what a reasoning model thinks aloud, also while it is still thinking."""
    return _HALF_TAG.sub("", _END_ALONE.sub("", _THOUGHT.sub("", text)))


def read_json(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON object in a model's answer: fences, prose around it and trailing commas are passed over.

    Raises :class:`Fault` ``empty`` where nothing was written and ``broken`` where no object fits the schema.
    """
    bare = without_thoughts(text).strip()
    if not bare:
        raise Fault("empty")
    for value in _values(bare):
        if isinstance(value, dict) and value.keys() & schema["properties"] and (fitted := _fitted(value, schema)) is not None:
            return fitted
    raise Fault("broken")


def _values(text: str) -> Iterator[Any]:
    """Every JSON value that stands in the text: the whole, what is fenced, then whatever begins at a brace."""
    fenced = [found.strip() for found in _FENCE.findall(text)]
    for candidate in (text, *fenced):
        for form in (candidate, _TRAILING_COMMA.sub(r"\1", candidate)):
            with suppress(ValueError):
                yield _DECODER.decode(form)
    bare = _TRAILING_COMMA.sub(r"\1", text)
    for form in (text, bare):
        for start in [found.start() for found in re.finditer(r"\{", form)][:_MOST_STARTS]:
            with suppress(ValueError):
                yield _DECODER.raw_decode(form, start)[0]


def _fitted(value: Any, schema: dict[str, Any]) -> Any:
    """The value with only what the schema knows; an item of a list that does not fit is left out; ``None`` = it does not fit.

    What small models get wrong harmlessly is taken: a number as text in a list of numbers, a missing list.
    """
    if "anyOf" in schema:
        return next((fit for one in schema["anyOf"] if (fit := _fitted(value, one)) is not None), None)
    return _FIT[schema["type"]](value, schema)


def _object(value: Any, schema: dict[str, Any]) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    out: dict[str, Any] = {}
    for key, wanted in schema["properties"].items():
        fit = _fitted(value[key], wanted) if key in value and value[key] is not None else None
        if fit is not None:
            out[key] = fit
        elif key in schema.get("required", ()):
            if wanted.get("type") == "array" and key not in value:
                out[key] = []
            elif "anyOf" in wanted and {"type": "null"} in wanted["anyOf"]:
                out[key] = None
            else:
                return None
    return out


def _array(value: Any, schema: dict[str, Any]) -> list[Any] | None:
    if not isinstance(value, list):
        return None
    return [fit for item in value if (fit := _fitted(item, schema["items"])) is not None]


def _integer(value: Any, schema: dict[str, Any]) -> int | None:
    """A number, also as text or in brackets."""
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    found = re.fullmatch(r"\[?\s*(\d{1,4})\s*\]?", str(value))
    return int(found[1]) if found else None


def _number(value: Any, schema: dict[str, Any]) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any, schema: dict[str, Any]) -> bool | None:
    return value if isinstance(value, bool) else None


def _string(value: Any, schema: dict[str, Any]) -> str | None:
    return value if isinstance(value, str) and value in schema.get("enum", [value]) else None


_FIT = {
    "object": _object, "array": _array, "integer": _integer, "number": _number, "boolean": _boolean, "string": _string,
    "null": lambda value, schema: None,
}  # fmt: skip
