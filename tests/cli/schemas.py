"""The contract's JSON (``../shared/contract.md``, section 3) as JSON Schema, one for each command."""

from __future__ import annotations

from typing import Any

from coach.domain.words import TOPICS, Channel, Signal, Stage, Tier

STRING: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "number"}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
BOOL: dict[str, Any] = {"type": "boolean"}
DAY: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
SIGNAL: dict[str, Any] = {"enum": list(Signal)}
PLAY: dict[str, Any] = {"enum": list(TOPICS)}
CHANNEL: dict[str, Any] = {"enum": list(Channel)}
OBJECT: dict[str, Any] = {"type": "object"}


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def thing(properties: dict[str, Any], *, closed: bool = True) -> dict[str, Any]:
    """An object with all of these keys; closed = and no other."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": not closed}


def many(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


PER_CHANNEL = thing({"visit": COUNT, "call": COUNT, "message": COUNT})
REASON = thing({"signal": SIGNAL, "evidence": OBJECT})
CITES = many(STRING, 1)

CLIENTS = many(
    thing(
        {
            "client_no": STRING,
            "name": STRING,
            "manager": nullable(STRING),
            "tier": {"enum": list(Tier)},
            "tier_reason": STRING,
            "stage": {"enum": list(Stage)},
            "assets": NUMBER,
            "signals": many(SIGNAL),
        }
    )
)
SIGNALS = many(thing({"client_no": STRING, "signal": SIGNAL, "play": PLAY, "evidence": OBJECT, "priority": COUNT}))
PLAN = thing(
    {
        "manager": STRING,
        "date": DAY,
        "working_day": BOOL,
        "capacity": PER_CHANNEL,
        "tasks": many(
            thing(
                {
                    "task_no": STRING,
                    "client_no": STRING,
                    "play": PLAY,
                    "step": STRING,
                    "channel": CHANNEL,
                    "due": DAY,
                    "priority": COUNT,
                    "reasons": many(REASON, 1),
                },
                closed=False,
            )
        ),
        "left_over": COUNT,
        "cadence": many(thing({"tier": {"enum": list(Tier)}, "clients": COUNT, "per_quarter": PER_CHANNEL, "attainable": BOOL})),
    }
)
MOVE = thing({"when": DAY, "channel": CHANNEL, "goal": STRING})
SUGGESTION = thing(
    {
        "suggestion_no": STRING,
        "client_no": STRING,
        "date": DAY,
        "engine": {"type": "string", "pattern": "^(offline|llm:.+)$"},
        "fallback": nullable(STRING),
        "play": PLAY,
        "because": many(REASON),
        "next_action": nullable(thing({"channel": CHANNEL, "when": DAY, "goal": STRING, "then": many(MOVE)})),
        "talking_points": many(thing({"text": STRING, "cites": CITES})),
        "care_ideas": many(
            thing({"kind": {"enum": ["care", "help", "gift"]}, "text": STRING, "cites": CITES, "cost_cap": nullable(COUNT)})
        ),
        "message_draft": STRING,
        "cautions": many(
            thing(
                {
                    "rule": {"type": "string", "pattern": r"^compliance\."},
                    "severity": {"enum": ["block", "warn"]},
                    "text": STRING,
                    "cites": many(STRING),
                }
            )
        ),
        "citations": many(thing({"id": STRING, "topic": PLAY, "title": STRING, "quote": STRING})),
        "grounding": thing({"claims": COUNT, "cited": COUNT, "unsupported": COUNT}),
    }
)
ANSWER = thing(
    {
        "answer": many(thing({"text": STRING, "cites": many(STRING)}), 1),
        "citations": many(thing({"id": STRING, "topic": STRING, "title": STRING, "quote": STRING})),
        "answered": BOOL,
        "engine": STRING,
    }
)
CHECK = thing(
    {
        "ok": BOOL,
        "cautions": many(
            thing({"rule": STRING, "severity": {"enum": ["block", "warn"]}, "text": STRING, "quote": STRING, "cites": many(STRING)})
        ),
    }
)
SEARCH = thing({"query": STRING, "hits": many(thing({"id": STRING, "topic": STRING, "title": STRING, "text": STRING, "score": NUMBER}))})
IMPORT = many(
    thing(
        {
            "file": STRING,
            "kind": STRING,
            "added": COUNT,
            "changed": COUNT,
            "unchanged": COUNT,
            "rejected": COUNT,
            "rejected_file": nullable(STRING),
        },
        closed=False,
    )
)
