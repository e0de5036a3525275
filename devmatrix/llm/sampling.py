"""How one attempt differs from the one before: the attempt policy.

Models that take a temperature get 0.7 → 0.5 → 0.3. The others refuse one; for them the attempts
climb in reasoning effort. Which kind a model is, its capabilities say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devmatrix.llm.types import EFFORTS, AttemptPolicy, Capabilities, GatewayConfig, Sampling

if TYPE_CHECKING:
    from anthropic.types import ModelInfo

_TEMPERATURES = (0.7, 0.5, 0.3)
_EFFORT_STEPS = ("low", "medium", "high")
_STRONGER_FROM = 3


def model_for(config: GatewayConfig, attempt: int) -> str:
    """The model of the attempt (1 is the first): from the third on the stronger one, if any."""
    _check(attempt)
    if attempt >= _STRONGER_FROM and config.stronger_model:
        return config.stronger_model
    return config.model


def sampling_for(config: GatewayConfig, attempt: int, capabilities: Capabilities) -> Sampling:
    """The sampling of the attempt (1 is the first) on the model that `capabilities` describes.

    Attempts after the third are sampled like the third. Raises ValueError for attempt < 1.
    """
    _check(attempt)
    step = min(attempt, len(_TEMPERATURES)) - 1
    effective = _overridden(config.attempt_policy, capabilities)
    if effective.takes_temperature:
        return Sampling(model=effective.model, temperature=_TEMPERATURES[step])
    if _EFFORT_STEPS[step] in effective.efforts:
        return Sampling(model=effective.model, effort=_EFFORT_STEPS[step])
    return Sampling(model=effective.model)


def assumed_capabilities(model: str, policy: AttemptPolicy) -> Capabilities:
    """The capabilities that a configured policy stands for, without asking the server."""
    return Capabilities(
        model=model,
        takes_temperature=policy is AttemptPolicy.TEMPERATURE,
        efforts=_EFFORT_STEPS if policy is AttemptPolicy.EFFORT else (),
    )


def capabilities_of(info: ModelInfo) -> Capabilities | None:
    """What the server tells about a model, or None if it tells nothing.

    The API has no field for temperature: it is refused by the models since 2026, all of which
    support effort, so effort decides unless the server adds a `temperature` field of its own.
    """
    told = info.capabilities
    effort = getattr(told, "effort", None)
    if told is None or effort is None:
        return None
    efforts = tuple(level for level in EFFORTS if _supported(getattr(effort, level, None)))
    if not _supported(effort):
        efforts = ()
    stated = (told.model_extra or {}).get("temperature")
    takes = bool(stated.get("supported")) if isinstance(stated, dict) else not efforts
    return Capabilities(model=info.id, takes_temperature=takes, efforts=efforts)


def _supported(capability: object) -> bool:
    return getattr(capability, "supported", None) is True


def _overridden(policy: AttemptPolicy, told: Capabilities) -> Capabilities:
    return told if policy is AttemptPolicy.AUTO else assumed_capabilities(told.model, policy)


def _check(attempt: int) -> None:
    if attempt < 1:
        raise ValueError(f"Attempts are counted from 1, not {attempt}.")
