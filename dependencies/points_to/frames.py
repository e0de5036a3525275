"""Where a name's value stands while a body is read: the definitions that reach each place.

A name that is bound once has one variable. A name that is bound several times has one for each
binding, and reads take those that can reach them: branches join, loops go round. Whoever reads the
name from another scope takes all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from atomization.python_scopes import Scope

Env = dict[str, tuple[int, ...]]


@dataclass(slots=True)
class Frame:
    """A scope while its code is read; ``env`` holds what reaches this place.

    ``stored`` holds what was stored at a path since the last call or branch.
    ``unit`` is the key of the routine or module that runs the code.
    """

    scope: Scope
    key: str
    unit: str
    parent: Frame | None = None
    env: Env = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    at_import: bool = False
    live: bool = True
    leaving: list[list[Env]] = field(default_factory=list)
    result: int = 0
    yielded: int = 0


def joined(one: Env | None, other: Env | None) -> Env:
    """Join what reaches a place on two ways; None is a way that does not arrive."""
    if one is None:
        return dict(other or {})
    if other is None or one == other:
        return one
    found: Env = {}
    for name in one.keys() | other.keys():
        left, right = one.get(name, ()), other.get(name, ())
        if left == right:
            found[name] = left
        elif "." not in name or (left and right):
            found[name] = (*left, *(var for var in right if var not in left))
    return found
