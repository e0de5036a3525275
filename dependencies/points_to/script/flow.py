"""Which value a local variable holds where: versions, joined at branches and loops.

As in static single assignment form (Cytron et al., TOPLAS 1991) every assignment makes a version.
A frame holds the versions of one branch or loop body; what a loop reads before it writes gets a
version of its own that joins the round before (the idea of Braun et al., "Simple and efficient
construction of static single assignment form", 2013). Members that were just assigned
(``a.b = f; a.b()``) are followed as far as nothing else can have changed them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Path = tuple[object, ...]
_EXITS: Final = 100


@dataclass(slots=True, eq=False)
class Variable:
    """A declared name: ``all`` holds whatever is ever assigned to it.

    Where it is assigned in a function within its own, ``outer`` holds that, and it joins every
    version. ``fixed`` says that it has one value only.
    """

    name: str
    owner: object
    all: int
    fixed: bool = False
    kind: str = "let"
    outer: int = 0
    versions: list[int] = field(default_factory=list)
    typed: bool = False


@dataclass(slots=True, eq=False)
class Frame:
    """The versions and member values of one branch, loop body, case or try block."""

    kind: str = "branch"
    label: str = ""
    values: dict[Variable, int] = field(default_factory=dict)
    paths: dict[Path, int] = field(default_factory=dict)
    joins: dict[Variable, int] = field(default_factory=dict)
    exits: list[dict[Variable, int]] = field(default_factory=list)
    rounds: list[dict[Variable, int]] = field(default_factory=list)
    log: list[tuple[Variable, int]] = field(default_factory=list)
    sealed: bool = False
    dead: bool = False
    full: bool = False


class Flow:
    """The frames of one function."""

    def __init__(self, fresh: Callable[[], int], copy: Callable[[int, int], None]) -> None:
        """Begin with one frame; ``fresh`` makes a variable of the solver, ``copy`` an edge."""
        self.fresh = fresh
        self.copy = copy
        self.frames = [Frame()]

    # -- variables --------------------------------------------------------------------------------

    def read(self, variable: Variable) -> int:
        """Give the version that holds here."""
        if variable.fixed:
            return variable.all
        return self._read(variable, len(self.frames))

    def _read(self, variable: Variable, height: int) -> int:
        passed: list[Frame] = []
        found = variable.all
        for index in range(height - 1, -1, -1):
            frame = self.frames[index]
            if variable in frame.values:
                found = frame.values[variable]
                break
            if frame.kind == "loop":
                passed.append(frame)
        for frame in reversed(passed):
            join = self.fresh()
            variable.versions.append(join)
            self.copy(found, join)
            frame.joins[variable] = frame.values[variable] = found = join
        return found

    def write(self, variable: Variable, version: int) -> None:
        """Let a version hold from here on."""
        self.frames[-1].values[variable] = version
        for frame in reversed(self.frames):
            if frame.kind == "try":
                frame.log.append((variable, version))
                break

    # -- members ----------------------------------------------------------------------------------

    def member(self, path: Path) -> int | None:
        """Give what was last assigned to a member, if that is certain."""
        for frame in reversed(self.frames):
            if path in frame.paths:
                return frame.paths[path]
            if frame.sealed or frame.kind == "loop":
                return None
        return None

    def set_member(self, path: Path, value: int) -> None:
        """Note what is assigned to a member; members of others may be the same ones."""
        top = self.frames[-1]
        depth = len(path)
        others = [
            known
            for known in top.paths
            if known[:-1] != path[:-1] or (len(known) > depth and known[:depth] == path)
        ]
        hidden = not top.sealed and any(frame.paths for frame in self.frames[:-1])
        if hidden:
            self.forget()
        for known in others:
            top.paths.pop(known, None)
        top.paths[path] = value

    def forget(self) -> None:
        """Forget all members, as something may have changed them."""
        top = self.frames[-1]
        if top.paths:
            top.paths.clear()
        top.sealed = True

    def forget_of(self, variable: object) -> None:
        """Forget the members of a variable that is another one now."""
        for frame in self.frames:
            if any(path[0] is variable for path in frame.paths):
                self.forget()
                return

    # -- branches ---------------------------------------------------------------------------------

    def push(self, kind: str = "branch", label: str = "") -> Frame:
        """Begin a branch."""
        frame = Frame(kind, label)
        self.frames.append(frame)
        return frame

    def pop(self) -> Frame:
        """End a branch."""
        frame = self.frames.pop()
        if frame.log:
            for outer in reversed(self.frames):
                if outer.kind == "try":
                    outer.log.extend(frame.log)
                    break
        return frame

    def join(self, branches: list[Frame]) -> None:
        """Go on after branches of which one was taken."""
        top = self.frames[-1]
        if any(branch.paths or branch.sealed for branch in branches):
            self.forget()
        alive = [branch.values for branch in branches if not branch.dead]
        if not alive:
            top.dead = True
            return
        self.merge(alive)

    def merge(self, branches: list[dict[Variable, int]]) -> None:
        """Let each variable hold what it holds after any of several ways here."""
        seen: dict[Variable, None] = {}
        for branch in branches:
            seen.update(dict.fromkeys(branch))
        for variable in seen:
            values: dict[int, None] = {}
            for branch in branches:
                known = branch.get(variable)
                values[self.read(variable) if known is None else known] = None
            self.write(variable, self._union(variable, list(values)))

    def _union(self, variable: Variable, values: list[int]) -> int:
        if len(values) == 1:
            return values[0]
        join = self.fresh()
        variable.versions.append(join)
        for value in values:
            self.copy(value, join)
        return join

    # -- loops ------------------------------------------------------------------------------------

    def leave(self, kind: str, label: str) -> None:
        """``break``, ``continue``: what holds here holds behind the loop, or in its next round."""
        top = self.frames[-1]
        held: dict[Variable, int] = {}
        for frame in reversed(self.frames):
            if len(held) < 10 * _EXITS:
                for variable, value in frame.values.items():
                    held.setdefault(variable, value)
            matches = frame.label == label if label else frame.kind in _LEFT[kind]
            if matches:
                exits = frame.exits if kind == "break" else frame.rounds
                if len(exits) < _EXITS:
                    exits.append(held)
                else:
                    frame.full = True
                break
        top.dead = True

    def end_loop(self, *, endless: bool = False) -> None:
        """Close the loop: its end joins its beginning, and every way out goes on behind it.

        One that is ``endless`` is left by ``break`` alone.
        """
        frame = self.frames[-1]
        ends = ([] if frame.dead else [frame.values]) + frame.rounds
        for variable, join in list(frame.joins.items()):
            for end in ends:
                self.copy(end.get(variable, join), join)
            if frame.full:
                self.copy(variable.all, join)
        self.pop()
        self.forget()
        written = dict(frame.values)
        for held in (*frame.exits, *frame.rounds):
            for variable in held:
                written.setdefault(variable, held[variable])
        ways: list[dict[Variable, int]] = [*frame.exits]
        if not endless:
            ways += [frame.joins, *ends]
        if frame.full:
            ways.append({variable: variable.all for variable in written})
        if ways:
            self.merge(ways)
        else:
            self.frames[-1].dead = True

    # -- try --------------------------------------------------------------------------------------

    def begin_catch(self, tried: Frame) -> Frame:
        """Begin a handler: any assignment of the try block may have been the last."""
        versions: dict[Variable, dict[int, None]] = {}
        for variable, version in tried.log:
            versions.setdefault(variable, {self.read(variable): None})[version] = None
        frame = self.push()
        frame.sealed = True
        for variable, values in versions.items():
            frame.values[variable] = self._union(variable, list(values))
        return frame


_LEFT: Final = {"break": frozenset({"loop", "switch"}), "continue": frozenset({"loop"})}
