"""Which language model serves a tier: decided by the settings and one look at the server, and said in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings

from extraction.providers.llm import LLM, Endpoint, Probe
from extraction.providers.llm_registry import llm_classes, names_of_tier

TIERS = (1, 2)
"""Of language models."""

AUTO = "auto"
OFF = frozenset({"rules", "disabled"})
AUTO_PROVIDER = "ollama"
PROBE_TIMEOUT_S = 10.0
"""An answer may take minutes, a look may not: a page or a command waits for it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided for a tier. `message` is for people: which model, or why none and what to do.

    `llm` is None where the tier is off, and where `auto` found nothing. A model that is asked for by name but does not
    answer stays chosen: its work waits for it (`probe.ok` is False).
    """

    tier: int
    llm: LLM | None
    message: str
    probe: Probe | None = None

    @property
    def ready(self) -> bool:
        return self.llm is not None and self.probe is not None and self.probe.ok


def is_on(tier: int) -> bool:
    """Whether the settings ask for a language model in this tier; `auto` asks, whatever it then finds."""
    return (settings.TIER1_PROVIDER if tier == 1 else settings.TIER2_PROVIDER) not in OFF


def choose(tier: int) -> Choice:
    """The model of tier 1 or 2, as it can be used now. Asks the server, a few small requests; keep the answer for a task."""
    provider = str(settings.TIER1_PROVIDER if tier == 1 else settings.TIER2_PROVIDER)
    if provider in OFF:
        return Choice(tier, None, f"tier {tier} is off (TIER{tier}_PROVIDER={provider})")
    llm, probe = _found(AUTO_PROVIDER if provider == AUTO else provider, tier)
    if provider != AUTO:
        return Choice(tier, llm, f"tier {tier}: {probe.message}", probe)
    if probe.ok:
        return Choice(tier, llm, f"tier {tier}: {probe.message} (TIER{tier}_PROVIDER={AUTO})", probe)
    return Choice(tier, None, f"tier {tier}: rules alone, since {probe.message}", probe)


def endpoint(provider: str, tier: int, model: str = "") -> Endpoint:
    """Where the settings say that a provider is."""
    return Endpoint(
        base_url=settings.LLM_BASE_URLS[provider],
        api_key=settings.LLM_API_KEYS[provider],
        model=model,
        timeout_s=settings.TIER1_TIMEOUT_S if tier == 1 else settings.TIER2_TIMEOUT_S,
        context_tokens=settings.TIER1_CONTEXT_TOKENS if tier == 1 else None,
    )


def build(provider: str, tier: int, model: str) -> LLM:
    """A model by name, whatever the tier is set to: for experiments."""
    return llm_classes()[provider](endpoint(provider, tier, model))


def default_llm(tier: int) -> LLM:
    """The model that an estimate is made for while the tier is off: a provider's own first one, never asked whether it is there."""
    provider = AUTO_PROVIDER if tier == 1 else names_of_tier(tier)[0]
    return build(provider, tier, llm_classes()[provider].default_models[0])


def _found(provider: str, tier: int) -> tuple[LLM, Probe]:
    """The first of the models that may be meant which is there; else the first of them, with what is wrong with it."""
    named = str(settings.TIER1_MODEL_NAME if tier == 1 else settings.TIER2_MODEL_NAME)
    names = [named] if named else list(llm_classes()[provider].default_models)
    first = looked = _look(provider, tier, names[0])
    # A server of one's own that serves just one model means this one, where none is named.
    others = [] if named else [*names[1:], *(looked[1].models if len(looked[1].models) == 1 else ())]
    while not looked[1].ok and looked[1].models and others:
        looked = _look(provider, tier, others.pop(0))
    return looked if looked[1].ok else first


def _look(provider: str, tier: int, model: str) -> tuple[LLM, Probe]:
    """The model, with no more context than it has, and what was found."""
    whole = endpoint(provider, tier, model)
    vendor = llm_classes()[provider]
    probe = vendor(replace(whole, timeout_s=min(whole.timeout_s, PROBE_TIMEOUT_S))).probe()
    known = [tokens for tokens in (whole.context_tokens, probe.context_tokens) if tokens]
    return vendor(replace(whole, context_tokens=min(known, default=None))), probe
