"""How models and their servers go wrong while the HTTP answer looks healthy. Each was seen with real ones.

What a mishap does to a question stands in `ASKING`, what it does to an answer in `WRITING`; the rest of the kinds is
played by the interface that it belongs to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.llm.exchange import Asked, Ending, Model, Written, limited, tokens, within

_THOUGHTS = (
    "Okay, let me look at the posting first. The user wants JSON with a list of postings. "
    'Something like {"postings": [{"id": "..."}]} should do. Wait, the title has to be copied letter by letter. Let me check the rest.'
)
_NO = "I'm sorry, but I can't help with that request."


async def write(model: Model, asked: Asked, mishap: str | None) -> Written:
    """What the model answers when this goes wrong; None: nothing does."""
    asking, writing = ASKING.get(mishap or "", _as_it_is), WRITING.get(mishap or "")
    written = await model.write(asking(asked))
    return writing(written, asked) if writing else written


def _as_it_is(asked: Asked) -> Asked:
    return asked


def _prompt_cut(asked: Asked) -> Asked:
    return within(asked, max(1, asked.tokens // 2))


def _thinking(written: Written, asked: Asked) -> Written:
    return _again(written, f"<think>\n{_THOUGHTS}\n</think>\n\n{written.text}", asked)


def _thinking_unopened(written: Written, asked: Asked) -> Written:
    return _again(written, f"{_THOUGHTS}\n</think>\n\n{written.text}", asked)


def _thinking_endless(written: Written, asked: Asked) -> Written:
    return replace(written, text=f"<think>\n{_THOUGHTS}", tokens_out=asked.max_tokens, ending=Ending.LENGTH)


def _schema_ignored(written: Written, asked: Asked) -> Written:
    words = "Sure! Here is what I found:\n\n- **Title:** see above\n- **Salary:** competitive\n\nLet me know if you need anything else."
    return _again(written, words, asked)


def _fenced(written: Written, asked: Asked) -> Written:
    return _again(written, f"Here is the JSON:\n```json\n{written.text}\n```", asked)


def _length(written: Written, asked: Asked) -> Written:
    text = written.text[: len(written.text) // 2]
    return replace(written, text=text, tokens_out=tokens(text), ending=Ending.LENGTH)


def _refusal(written: Written, asked: Asked) -> Written:
    return replace(written, text=_NO, tokens_out=tokens(_NO), ending=Ending.REFUSAL)


def _empty_text(written: Written, asked: Asked) -> Written:
    return replace(written, text="", tokens_out=1)


def _ids_swapped(items: list[Any]) -> list[Any]:
    """The first two items under each other's id; a single one under an id that nobody asked about."""
    if len(items) < 2:
        return [{**item, "id": "0"} for item in items]
    first, second, *rest = items
    return [{**first, "id": second.get("id")}, {**second, "id": first.get("id")}, *rest]


def _id_missing(items: list[Any]) -> list[Any]:
    return items[:-1]


def _id_twice(items: list[Any]) -> list[Any]:
    return [*items[:-1], items[0]]


def _invented(items: list[Any]) -> list[Any]:
    """Values that no posting states, in the right form."""
    pay = {"min": 987654, "max": 998877, "currency": "USD", "period": "year", "ote": False, "quote": "$987,654 - $998,877 per year"}
    lies = {
        "salary": pay,
        "skills": ["Zephyrscript"],
        "tools": ["Quuxforce CRM"],
        "summary": ["You will rule the moon from a desk of cheese."],
    }
    return [{**item, **{name: lie for name, lie in lies.items() if name in item}} for item in items]


def _to_items(change: Callable[[list[Any]], list[Any]]) -> Callable[[Written, Asked], Written]:
    """A change to every array of objects at the top of an answer."""

    def changed(written: Written, asked: Asked) -> Written:
        try:
            answer = json.loads(written.text)
        except ValueError:  # cut off before: nothing to change
            return written
        if not isinstance(answer, dict):
            return written
        whole = {name: change(value) if _is_items(value) else value for name, value in answer.items()}
        return _again(written, json.dumps(whole, ensure_ascii=False), asked)

    return changed


def _is_items(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _again(written: Written, text: str, asked: Asked) -> Written:
    """The same answer with another text, within the limit that was set."""
    return replace(limited(text, asked), tokens_in=written.tokens_in)


ASKING: dict[str, Callable[[Asked], Asked]] = {"prompt-cut": _prompt_cut}
WRITING: dict[str, Callable[[Written, Asked], Written]] = {
    "thinking": _thinking,
    "thinking-unopened": _thinking_unopened,
    "thinking-endless": _thinking_endless,
    "schema-ignored": _schema_ignored,
    "fenced": _fenced,
    "ids-swapped": _to_items(_ids_swapped),
    "id-missing": _to_items(_id_missing),
    "id-twice": _to_items(_id_twice),
    "invented": _to_items(_invented),
    "length": _length,
    "refusal": _refusal,
    "empty-text": _empty_text,
}
