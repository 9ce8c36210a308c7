"""The language model that reads sentences for the search (`SENTENCE_PROVIDER`), behind the call that the catalogue asks for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, cast

from django.conf import settings
from django.utils import timezone
from redis import RedisError

from catalog.errors import CompletionError
from extraction.errors import ProviderError, SpendCapReached
from extraction.llm.call_ledger import stored_answer
from extraction.llm.calls import call
from extraction.models import LLMCall
from extraction.providers.llm import LLM, Completion, Endpoint, Finish, Prompt
from extraction.providers.llm_registry import llm_classes
from gtm_site.windows import window_count

MAX_ANSWER_TOKENS = 600
CONTEXT_TOKENS = 4_096
_SYSTEM = "You turn what people type into a search for jobs into filters. Answer with one JSON object of the given form and nothing else."


def complete(schema: Mapping[str, Any], prompt: str) -> dict[str, Any]:
    """The JSON object that the model answers. Raises CompletionError.

    At most SENTENCE_CALLS_PER_DAY calls a day, each written to the ledger and held under the spend caps; an answer that is stored
    already is given back at no cost, and is none of them.
    """
    question = Prompt(system=_SYSTEM, user=prompt, schema=schema, max_tokens=MAX_ANSWER_TOKENS)
    llm = _llm()
    if stored_answer(llm, question) is None:
        _count_call()
    try:
        completion = call(llm, question, purpose=LLMCall.Purpose.SENTENCE, posting_ids=(), run_id=None)
    except (ProviderError, SpendCapReached) as error:
        raise CompletionError(str(error)) from error
    if completion.finish is not Finish.STOP:
        raise CompletionError(f"{settings.SENTENCE_PROVIDER} stopped before the end of its answer: {completion.finish}")
    return _object(completion.text)


class _InTime:
    """A model whose answer is waited for so many seconds in all: clients only limit how long a server may be silent."""

    def __init__(self, llm: LLM, seconds: float) -> None:
        self._llm, self._seconds = llm, seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._llm, name)

    def complete(self, prompt: Prompt) -> Completion:
        """One answer. Raises ProviderError; who is late writes into a queue that nobody reads."""
        answers: SimpleQueue[Completion | Exception] = SimpleQueue()
        Thread(target=self._ask, args=(prompt, answers), daemon=True).start()
        try:
            answer = answers.get(timeout=self._seconds)
        except Empty as error:
            raise ProviderError(f"{self._llm.name} took longer than SENTENCE_TIMEOUT_S={self._seconds:g}", retryable=True) from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _ask(self, prompt: Prompt, answers: SimpleQueue[Completion | Exception]) -> None:
        try:
            answers.put(self._llm.complete(prompt))
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            answers.put(error)


def _llm() -> LLM:
    """A new one for each call: a model is not for several threads at once."""
    vendor = llm_classes()[settings.SENTENCE_PROVIDER]
    llm = vendor(
        Endpoint(
            base_url=settings.LLM_BASE_URLS[vendor.name],
            api_key=settings.LLM_API_KEYS[vendor.name],
            model=settings.SENTENCE_MODEL_NAME or vendor.default_models[0],
            timeout_s=settings.SENTENCE_TIMEOUT_S,
            context_tokens=CONTEXT_TOKENS,
        )
    )
    return cast("LLM", _InTime(llm, settings.SENTENCE_TIMEOUT_S))


def _count_call() -> None:
    """Raises CompletionError when the day's calls are used up, or cannot be counted: nobody may then spend without limit."""
    key = f"sentence:calls:{timezone.now():%Y-%m-%d}"
    try:
        if window_count(key, int(timedelta(days=1).total_seconds())) > settings.SENTENCE_CALLS_PER_DAY:
            raise CompletionError(f"SENTENCE_CALLS_PER_DAY={settings.SENTENCE_CALLS_PER_DAY} is used up until midnight (UTC)")
    except RedisError as error:
        raise CompletionError(f"calls cannot be counted: {error}") from error


def _object(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError as error:
        raise CompletionError(f"{settings.SENTENCE_PROVIDER} answered no JSON: {text[:200]!r}") from error
    if not isinstance(answer, dict):
        raise CompletionError(f"{settings.SENTENCE_PROVIDER} answered no JSON object: {text[:200]!r}")
    return answer
