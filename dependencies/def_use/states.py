"""What a use may read when changes of objects count: bindings, mutations, mutations by other names.

A method that changes its object as a whole (``append``) makes a new state of it, made of the one
before and of what is handed in; setting an item or an attribute leaves the others as they were. A
change through one name is a change for every name that may stand for the same object, or hold it.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import Final

from dependencies.def_use.aliases import Aliases, compatible, inserted
from dependencies.def_use.model import CALL, MUTATION, Definition, Key, Unit
from dependencies.def_use.names import key_of
from dependencies.def_use.overwrites import overwritten
from dependencies.def_use.reaching import Reaching, States, limit_of

MAX_ROUNDS: Final = 5


def states_of(units: list[Unit]) -> dict[int, States]:
    """Give what each use of each unit may read, by the unit's place; units come from ``units_of``.

    Units in which nothing is changed in place are left out: their ``reached`` says it all.
    """
    changing = {
        place: [d for d in unit.definitions if d.kind in (MUTATION, CALL)]
        for place, unit in enumerate(units)
        if unit.mutates
    }
    if not changing:
        return {}
    calls = {place for place, found in changing.items() if any(d.kind == CALL for d in found)}
    if calls:
        _resolve_calls(units, changing)
    answer = {}
    for place, found in changing.items():
        changes = [d for d in found if d.kind == MUTATION]
        if changes:
            answer[place] = _states(units[place], changes)
    return answer


def _states(unit: Unit, changes: list[Definition]) -> States:
    aliases = Aliases(unit, changes)
    spread = {change: found for change in changes if (found := _spread(unit, change, aliases))}
    with inserted(unit, spread):
        reached = Reaching(unit, also=MUTATION).reached[: len(unit.use_vars)]
        for read, stores in overwritten(unit).items():
            reached[read] = stores
    _pass_over(unit, changes, reached)
    return [_kept(unit, use, found, aliases) for use, found in enumerate(reached)]


def _pass_over(unit: Unit, changes: list[Definition], reached: States) -> None:
    """Let what only leads to a place that is set read none of what the object holds.

    Where so many changes are in force that later uses are told the nearest alone, each such place
    is tied to the one that goes out of sight, so that the chain from change to change holds.
    """
    limit = limit_of(unit)
    for change in changes:
        if change.skip == change.use:
            found = reached[change.use]
            full = len(found) >= limit
            reached[change.use] = found[:1] if full else unit.reached[change.use]


def _kept(
    unit: Unit, use: int, found: tuple[Definition, ...], aliases: Aliases
) -> tuple[Definition, ...]:
    """Leave out changes of other items and attributes, and of objects no longer bound."""
    if all(each.kind != MUTATION for each in found):
        return found
    path = unit.paths.get(id(unit.use_nodes[use]))
    key: Key = key_of(path) if path is not None else None
    bindings = aliases.bound(use)
    return tuple(
        each
        for each in found
        if each.kind != MUTATION
        or (
            (each.origin is None or each.origin in bindings)
            and (key is None or compatible(each.key, key))
        )
    )


def _spread(unit: Unit, change: Definition, aliases: Aliases) -> list[Definition]:
    """Give the changes that a change means for other names."""
    spread = []
    own = aliases.bound(change.use)
    done = set()
    for touched in aliases.touched(change):
        binding = touched.binding
        if binding in own or (binding, touched.key) in done:
            continue
        done.add((binding, touched.key))
        other = Definition(
            MUTATION, binding.var, change.node, change.first, change.last, change.value
        )
        other.skip, other.use, other.key = change.skip, change.use, touched.key
        other.weak, other.deep, other.origin = True, touched.deep, binding
        other.block, other.rank = change.block, change.rank
        spread.append(other)
    return spread


# -- calls of functions of the module


def _resolve_calls(units: list[Unit], changing: dict[int, list[Definition]]) -> None:
    """Turn the calls that change an argument into mutations, callers of callers included."""
    known: dict[str, set[int]] = defaultdict(set)
    for _ in range(MAX_ROUNDS):
        for place, found in changing.items():
            unit = units[place]
            if isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef):
                known[unit.node.name] |= _changed_parameters(unit, found)
        again = False
        for found in changing.values():
            for call in found:
                if call.kind == CALL and call.argument in known[_callee(call)]:
                    call.kind = MUTATION
                    call.deep = True
                    again = True
        if not again:
            return


def _callee(call: Definition) -> str:
    function = call.node.func
    return str(function.attr if isinstance(function, ast.Attribute) else function.id)


def _changed_parameters(unit: Unit, found: list[Definition]) -> set[int]:
    """Give the numbers of the parameters whose objects a function changes."""
    changes = [change for change in found if change.kind == MUTATION]
    if not changes:
        return set()
    arguments = unit.node.args
    numbers = {
        id(argument): number
        for number, argument in enumerate((*arguments.posonlyargs, *arguments.args))
    }
    aliases = Aliases(unit, changes)
    return {
        numbers[id(touched.binding.node)]
        for change in changes
        for touched in aliases.touched(change)
        if id(touched.binding.node) in numbers
    }
