"""Thinking that stands inside an answer's text. Vendors that keep it apart never need this."""

from __future__ import annotations

OPENING, CLOSING = "<think>", "</think>"


def without_thinking(text: str) -> str:
    """The answer alone, outer white space off; nothing when the model was cut off while it thought.

    Templates that open the block themselves (Qwen's thinking builds) leave only its end in the text. An answer that
    begins as JSON has no thinking before it, whatever its strings hold.
    """
    answer = text.strip()
    if answer.startswith(("{", "[")):
        return answer
    _, closing, rest = answer.partition(CLOSING)
    if closing:
        return rest.strip()
    return "" if answer.startswith(OPENING) else answer
