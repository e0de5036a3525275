"""Which of a name's bindings can reach a place: the def-use part of data flow."""

from __future__ import annotations

from bisect import bisect_left

from atomization.names import Reach


class Flows:
    """Answers which slots a value may come from, remembering the bindings of each name.

    Straight-line code kills: going back from the use, the first binding that stands in no branch
    hides all before it. What is only bound later can reach the use by a loop alone.
    """

    def __init__(self) -> None:
        """Begin without any name known."""
        self._known: dict[
            tuple[int, str], tuple[tuple[Reach, ...], list[int], dict[int, bool]]
        ] = {}

    def before(self, targets: tuple[Reach, ...], path: str, own: int) -> list[int]:
        """Give the slots whose bindings may reach a use in slot ``own``, the nearest first.

        ``own`` itself is left out. Without any binding before the use, those after it count,
        unless the slot binds the name itself.
        """
        slots, certain = self._bindings(targets, path)
        found: list[int] = []
        for at in range(bisect_left(slots, own) - 1, -1, -1):
            found.append(slots[at])
            if certain[slots[at]]:
                break
        return found if found or own in certain else slots

    def _bindings(self, targets: tuple[Reach, ...], path: str) -> tuple[list[int], dict[int, bool]]:
        known = self._known.get((id(targets), path))
        if known is None:
            certain: dict[int, bool] = {}
            for target in targets:
                if target.path == path:
                    certain[target.slot] = certain.get(target.slot, False) or target.certain
            known = (targets, sorted(certain), certain)
            self._known[id(targets), path] = known
        return known[1], known[2]
