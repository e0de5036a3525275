"""A Python program to be solved: its variables by name, its classes, and how they inherit."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from dependencies.graph import from_arcs, strongly_connected
from dependencies.points_to.links import Links
from dependencies.points_to.shapes import Lowered, Member, Routine, Shape, Site
from dependencies.points_to.solver import Solver
from dependencies.points_to.things import Box, Instance, Klass, Known, Upward


class Found(NamedTuple):
    """Members of a name in a class, seen from an object: who owns them, and for which receiver."""

    owner: str
    members: tuple[Member, ...]
    receiver: int
    known: Known


class Program:
    """Everything that constraints ask."""

    def __init__(self, *, lasting: bool = False) -> None:
        """Begin empty."""
        self.solver = Solver(lasting=lasting)
        self.links = Links()
        self.files: dict[str, Lowered] = {}
        self.routines: dict[str, Routine] = {}
        self.classes: dict[str, Shape] = {}
        self.sites: list[Site] = []
        self._site_numbers: dict[tuple[str, int], int] = {}
        self._named: dict[tuple[object, ...], int] = {}
        self._circles: dict[str, int] = {}
        self._orders: dict[str, tuple[str, ...]] = {}
        self._children: dict[str, list[str]] = {}
        self._descendants: dict[str, tuple[str, ...]] = {}
        self._lookups: dict[tuple[str, str], tuple[str, tuple[Member, ...]] | None] = {}
        self._homes: dict[tuple[str, str], tuple[str, ...]] = {}
        self._straight: dict[str, bool] = {}
        self._enumerations: dict[str, bool] = {}
        self._positions: dict[str, tuple[str, ...]] = {}
        self._overrides: dict[tuple[str, str], tuple[tuple[str, tuple[Member, ...]], ...]] = {}

    # -- variables and objects --------------------------------------------------------------------

    def named(self, *key: object) -> int:
        """Give the variable of a key, the same one each time."""
        var = self._named.get(key)
        if var is None:
            var = self._named[key] = self.solver.variable()
        return var

    def named_variables(self) -> Iterable[tuple[tuple[object, ...], int]]:
        """Give all variables with their keys."""
        return self._named.items()

    def temporary(self, unit: str, number: int) -> int:
        """Give a variable that has no name in the source, the same one each time."""
        return self.named(unit, number)

    def item(self, box: Box, key: str) -> int:
        """Give the variable of a container's items at a key: "" for unknown keys, "*" for all."""
        return self.named(box, key)

    def keys(self, box: Box) -> int:
        """Give the variable of the literals at which a container holds something."""
        return self.named(box, "<at>")

    def intern(self, thing: object) -> int:
        """Give the number of an object."""
        return self.solver.object(thing)

    def site(self, unit: str, number: int, site: Site) -> int:
        """Note a call site, under the same number each time."""
        key = (unit, number)
        at = self._site_numbers.get(key)
        if at is None:
            at = self._site_numbers[key] = len(self.sites)
            self.sites.append(site)
        else:
            self.sites[at] = site
        return at

    # -- classes ----------------------------------------------------------------------------------

    def connect(self) -> None:
        """Take the classes and routines of all files; what was known of classes is forgotten."""
        self.routines = {}
        self.classes = {}
        for lowered in self.files.values():
            self.routines.update(lowered.routines)
            self.classes.update(lowered.classes)
        for index in (
            self._orders,
            self._children,
            self._descendants,
            self._lookups,
            self._homes,
            self._straight,
            self._overrides,
            self._positions,
            self._enumerations,
        ):
            index.clear()
        self._circles = self._find_circles()
        for key in self.classes:
            for base in self._bases(key):
                self._children.setdefault(base, []).append(key)

    def order(self, key: str) -> tuple[str, ...]:
        """Give a class and its bases of the project in the order of lookup (C3)."""
        known = self._orders.get(key)
        if known is None:
            for one in self._upwards(key):
                bases = [base for base in self._bases(one) if base in self._orders]
                merged = _merged([list(self._orders[base]) for base in bases] + [bases])
                self._orders[one] = (one, *(part for part in merged if part != one))
            known = self._orders[key]
        return known

    def _bases(self, key: str) -> tuple[str, ...]:
        shape = self.classes.get(key)
        if shape is None:
            return ()
        circle = self._circles.get(key)
        return tuple(
            base
            for base in shape.bases
            if base in self.classes and (circle is None or self._circles.get(base) != circle)
        )

    def _find_circles(self) -> dict[str, int]:
        """Number the classes that derive from themselves, which Python refuses."""
        arcs = [(key, base) for key, shape in self.classes.items() for base in shape.bases]
        groups = strongly_connected(from_arcs(self.classes, arcs))
        return {
            key: number for number, group in enumerate(groups) if len(group) > 1 for key in group
        }

    def _upwards(self, key: str) -> list[str]:
        """Give the classes above one that have no order yet, bases first."""
        found: list[str] = []
        seen: set[str] = set()
        stack: list[tuple[str, bool]] = [(key, False)]
        while stack:
            one, done = stack.pop()
            if done:
                found.append(one)
            elif one not in seen and one not in self._orders:
                seen.add(one)
                stack.append((one, True))
                stack += [(base, False) for base in reversed(self._bases(one))]
        return found

    def descendants(self, key: str) -> tuple[str, ...]:
        """Give all classes derived from one, itself left out."""
        known = self._descendants.get(key)
        if known is None:
            seen: dict[str, None] = {}
            stack = list(self._children.get(key, ()))
            while stack:
                one = stack.pop()
                if one not in seen and one != key:
                    seen[one] = None
                    stack += self._children.get(one, ())
            known = self._descendants[key] = tuple(sorted(seen))
        return known

    def outer_base(self, key: str) -> str:
        """Give the first base from outside of the project; nothing when there is none."""
        for one in self.order(key):
            for base in self.classes[one].outer_bases:
                if base != "?":
                    return base
        return ""

    def is_enumeration(self, key: str) -> bool:
        """Tell whether what a class binds becomes its instances, which have methods of their own.

        Without methods they are marks that go everywhere and say nothing.
        """
        known = self._enumerations.get(key)
        if known is None:
            shapes = [self.classes[one] for one in self.order(key)]
            known = self._enumerations[key] = any(
                base.startswith("enum.") for shape in shapes for base in shape.outer_bases
            ) and any(
                member.routine and not name.startswith("__")
                for shape in shapes
                for name, members in shape.members.items()
                for member in members
            )
        return known

    def fields(self, key: str) -> tuple[str, ...]:
        """Give what positions mean of a record or of what lists them for ``match``."""
        if key not in self._positions:
            self._positions[key] = self._fields(key)
        return self._positions[key]

    def _fields(self, key: str) -> tuple[str, ...]:
        order = [self.classes[one] for one in self.order(key)]
        matched = next((shape.matched for shape in order if shape.matched), ())
        records = [name for shape in reversed(order) if shape.is_record for name in shape.annotated]
        return matched or tuple(dict.fromkeys(records))

    def metaclass(self, key: str) -> str:
        """Give the metaclass of a class where it is one of the project; else nothing."""
        return next(
            (found for one in self.order(key) if (found := self.classes[one].metaclass)), ""
        )

    def lookup(self, key: str, name: str) -> tuple[str, tuple[Member, ...]] | None:
        """Find the class that gives an attribute, and what it binds."""
        place = (key, name)
        if place not in self._lookups:
            self._lookups[place] = self._found(self.order(key), name)
        return self._lookups[place]

    def _found(self, order: Iterable[str], name: str) -> tuple[str, tuple[Member, ...]] | None:
        for one in order:
            members = self.classes[one].members.get(name)
            if members:
                return one, members
        return None

    def after(self, key: str, start: str, name: str) -> tuple[str, tuple[Member, ...]] | None:
        """Find what ``super()`` in one class gives for an instance of another."""
        order = self.order(key)
        at = order.index(start) + 1 if start in order else len(order)
        return self._found(order[at:], name)

    def homes(self, key: str, name: str) -> tuple[str, ...]:
        """Give the classes whose instances have an attribute set on them, as seen from one."""
        place = (key, name)
        known = self._homes.get(place)
        if known is None:
            known = tuple(
                one
                for one in self.order(key)
                if name in self.classes[one].fields or name in self.classes[one].annotated
            )
            self._homes[place] = known = known or (key,)
        return known

    def overrides(self, key: str, name: str) -> tuple[tuple[str, tuple[Member, ...]], ...]:
        """Give the derived classes that bind an attribute anew."""
        place = (key, name)
        known = self._overrides.get(place)
        if known is None:
            known = tuple(
                (one, self.classes[one].members[name])
                for one in self.descendants(key)
                if name in self.classes[one].members
            )
            self._overrides[place] = known
        return known

    def is_a(self, key: str, others: Iterable[str]) -> bool:
        """Tell whether a class is one of others or derived from one."""
        if key not in self.classes:
            return False
        order = self.order(key)
        return any(other in order for other in others)

    # -- attributes of objects --------------------------------------------------------------------

    def members(self, obj: int, name: str) -> Iterator[Found]:
        """Find what an instance, a class, or ``super()`` has under a name in class bodies."""
        thing = self.solver.things[obj]
        if isinstance(thing, Instance):
            yield from self._of_instance(thing, obj, name)
        elif isinstance(thing, Klass):
            found = self.lookup(thing.key, name)
            if found is not None:
                yield Found(*found, obj, Known.SCOPE if not thing.open else Known.SELF)
            if thing.open:
                for key, members in self.overrides(thing.key, name):
                    receiver = self.intern(Klass(key, open=True))
                    yield Found(key, members, receiver, Known.OVERRIDE)
        elif isinstance(thing, Upward):
            yield from self._upward(thing, name)

    def _of_instance(self, thing: Instance, obj: int, name: str) -> Iterator[Found]:
        found = self.lookup(thing.key, name)
        overrides = self.overrides(thing.key, name) if thing.open else ()
        if found is not None:
            known = thing.known
            if overrides and self._is_abstract(found[1]):
                known = Known.ABSTRACT
            yield Found(*found, obj, known)
        for key, members in overrides:
            receiver = self.intern(Instance(key, thing.known))
            yield Found(key, members, receiver, Known.OVERRIDE)

    def _is_straight(self, key: str) -> bool:
        """Tell whether what is derived from a class has one base each: above it nothing changes."""
        known = self._straight.get(key)
        if known is None:
            known = all(len(self._bases(one)) == 1 for one in self.descendants(key))
            self._straight[key] = known
        return known

    def _is_abstract(self, members: tuple[Member, ...]) -> bool:
        routines = [self.routines.get(member.routine) for member in members]
        return all(routine is not None and routine.is_abstract for routine in routines)

    def _upward(self, thing: Upward, name: str) -> Iterator[Found]:
        receiver = self.solver.things[thing.receiver]
        if not isinstance(receiver, Instance | Klass) or receiver.key not in self.classes:
            return
        seen: set[str] = set()
        found = self.after(receiver.key, thing.key, name)
        if found is not None:
            seen.add(found[0])
            yield Found(*found, thing.receiver, Known.SELF)
        if not receiver.open or (
            thing.key in self.order(receiver.key) and self._is_straight(receiver.key)
        ):
            return
        for key in self.descendants(receiver.key):
            found = self.after(key, thing.key, name)
            if found is not None and found[0] not in seen:
                seen.add(found[0])
                yield Found(*found, thing.receiver, Known.OVERRIDE)


def _merged(orders: list[list[str]]) -> list[str]:
    """Merge orders of lookup by C3; where there is no such order, take what comes first.

    Takes as many steps as the orders are long: generated code derives thousands of classes.
    """
    if len(orders) == 2 and orders[1] == orders[0][:1]:
        return orders[0]
    lines = [deque(order) for order in orders if order]
    later = Counter(part for line in lines for part in islice(line, 1, None))
    found: list[str] = []
    taken: set[str] = set()
    while lines:
        heads = [line[0] for line in lines]
        good = next((head for head in heads if not later[head]), heads[0])
        found.append(good)
        taken.add(good)
        for line in lines:
            while line and line[0] in taken:
                line.popleft()
                while line and line[0] in taken:
                    later[line.popleft()] -= 1
                if line:
                    later[line[0]] -= 1
        lines = [line for line in lines if line]
    return found
