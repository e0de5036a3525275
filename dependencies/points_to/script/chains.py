"""Why a call reaches a function: the places that its value passes on its way to the call."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from dependencies.points_to.script.heap import Heap
from dependencies.points_to.script.lowering import Lowering
from dependencies.points_to.script.machine import Machine
from dependencies.points_to.script.model import Class, Function, Kind, Site, Thing

_MOST_STEPS: Final = 12
_MOST_VISITED: Final = 20_000


class Chains:
    """Answers for one solved project; what it needs is made when it is first asked."""

    def __init__(self, files: Mapping[str, Lowering], machine: Machine) -> None:
        """Take what was solved."""
        self.files = files
        self.heap: Heap = machine.heap
        self.solver = machine.heap.solver
        self._back: dict[int, list[int]] = {}
        self._labels = self._labelled(machine)

    def _labelled(self, machine: Machine) -> dict[int, str]:
        labels: dict[int, str] = {}
        for (obj, key), var in self.heap.members():
            thing = self.heap.thing(obj)
            if thing.path and key.isprintable() and not key.startswith("[["):
                labels[var] = f"member {key} of {self._name(thing)} -> {self._where(thing)}"
        for (path, name), var in machine.exported().items():
            if not name.startswith("type:"):
                labels[var] = f"exported as {name} -> {path}"
        for low in self.files.values():
            for function in low.functions:
                where = f"{function.path}:{function.line}"
                labels.setdefault(function.result, f"returned by {function.name} -> {where}")
                for index, parameter in enumerate(function.parameters):
                    label = f"argument {index + 1} of {function.name} -> {where}"
                    labels.setdefault(parameter.var, label)
        labels.pop(0, None)
        return labels

    def steps(self, site: Site, callee: int) -> tuple[str, ...]:
        """Give the steps from the call to the definition, each as what -> where."""
        first = f"{site.text or site.method or 'call'} -> {site.path}:{site.line}"
        function = self.heap.thing(callee)
        last = f"{self._name(function)} -> {self._where(function)}"
        way = self._way(site.callee, callee)
        if not way and site.method:
            way = self._by_receiver(site, callee)
        return tuple(dict.fromkeys((first, *way[:_MOST_STEPS], last)))

    def _by_receiver(self, site: Site, callee: int) -> list[str]:
        """Explain a method: what the receiver is, and where that has its member from."""
        for obj in sorted(self.solver.points_to(site.callee)):
            var = self.heap.known_lookup(obj, site.method)
            if var is not None and callee in self.solver.points_to(var):
                thing = self.heap.thing(obj)
                receiver = f"on {self._name(thing)} -> {self._where(thing)}"
                return [*self._way(site.callee, obj), receiver, *self._way(var, callee)]
        return []

    def _way(self, var: int, obj: int) -> list[str]:
        """Give the labels of the shortest way back from a variable to where an object is made."""
        if not var or obj not in self.solver.points_to(var):
            return []
        came: dict[int, int] = {var: 0}
        queue = deque([var])
        end = var
        while queue and len(came) < _MOST_VISITED:
            end = queue.popleft()
            before = [
                source
                for source in self._sources(end)
                if source not in came and obj in self.solver.points_to(source)
            ]
            if not before and not any(source in came for source in self._sources(end)):
                break
            for source in before:
                came[source] = end
                queue.append(source)
        labels: list[str] = []
        while end:
            if end in self._labels:
                labels.append(self._labels[end])
            end = came[end]
        return labels[::-1]

    def _sources(self, var: int) -> list[int]:
        if not self._back:
            for source, targets in self.solver.copies():
                for target in targets:
                    self._back.setdefault(target, []).append(source)
        return self._back.get(var, [])

    def _name(self, thing: Thing) -> str:
        info = thing.info
        if isinstance(info, Function | Class):
            name = info.name or thing.path
            return f"a {name}" if thing.kind in (Kind.INSTANCE, Kind.TYPED) else name
        return thing.name or str(thing.kind)

    def _where(self, thing: Thing) -> str:
        if isinstance(thing.info, Function):
            return f"{thing.path}:{thing.info.line}"
        low = self.files.get(thing.path)
        if low is None:
            return thing.path or "outside"
        return f"{thing.path}:{low.source.count(bytes([10]), 0, max(thing.at, 0)) + 1}"
