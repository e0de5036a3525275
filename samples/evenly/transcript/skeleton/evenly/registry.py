"""Registries: functions that announce themselves under a name by a decorator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from evenly.errors import pick

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """Things by name; `what` says in messages what they are ("format")."""

    what: str
    entries: dict[str, T] = field(default_factory=dict)

    def register(self, name: str) -> Callable[[T], T]:
        """Give a decorator that files what it decorates under `name` and returns it unchanged.

        >>> sizes: Registry[type] = Registry("size")
        >>> sizes.register("big")(int) is int
        True
        >>> sizes.entries
        {'big': <class 'int'>}
        """

    def get(self, name: str) -> T:
        """Give what is filed under `name`; UnknownName with a hint when nothing is.

        >>> Registry("size", {"big": 9}).get("big")
        9
        >>> Registry("size", {"big": 9}).get(name="bg")
        Traceback (most recent call last):
        ...
        evenly.errors.UnknownName: size 'bg' is unknown: did you mean 'big'?
        """
