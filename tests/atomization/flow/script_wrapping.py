"""Running blocks of JavaScript alone: each becomes a function that sees its flow's names only.

A run of statements is cut out and put into a function at the top of the file. What it takes are
the names that come in; what it gives back are the names that go out, and the way in which control
left it. Names of the function around it that it merely mentions are declared and stay undefined, so
that a flow that forgets one gives another result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import tree_sitter

from atomization.flow.model import EffectKind, Flow
from atomization.flow.script import script_flows
from atomization.flow.script_declarations import block_names, pattern_names
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.reading import Reading, read
from tests.atomization.flow.script_reading import slot

Node = tree_sitter.Node
FUNCTIONS = {
    "function_declaration",
    "generator_function_declaration",
    "function_expression",
    "generator_function",
    "arrow_function",
    "method_definition",
    "class_declaration",
    "class",
}
LOOPS = {"for_statement", "for_in_statement", "while_statement", "do_statement"}
BINDING = {"variable_declarator", "for_in_statement", "catch_clause", "arrow_function"}
REFUSED = {
    EffectKind.SUPER,
    EffectKind.ARGUMENTS,
    EffectKind.NEW_TARGET,
    EffectKind.DYNAMIC,
    EffectKind.NONLOCAL,
}
PRELUDE = """
const $none = Symbol("none");
const $read = (get) => { try { return get(); } catch { return $none; } };
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Some statements that follow one another in one list, on rows of their own."""

    statements: tuple[Node, ...]
    first: int
    last: int


def runs(reading: Reading, longest: int = 3) -> list[Run]:
    """Give every run of up to ``longest`` statements of every function in a source."""
    found = []
    for body in _lists(reading.tree.root_node):
        for start in range(len(body)):
            for end in range(start + 1, min(start + longest, len(body)) + 1):
                part = body[start:end]
                if not any(node.type in FUNCTIONS for node in part):
                    rows = part[0].start_point[0], part[-1].end_point[0]
                    found.append(Run(tuple(part), *rows))
    return found


def _lists(root: Node) -> Iterator[list[Node]]:
    stack = [(root, False)]
    while stack:
        node, inside = stack.pop()
        inside = inside or node.type in FUNCTIONS - {"class", "class_declaration"}
        stack.extend((child, inside) for child in reversed(node.named_children))
        body: list[Node] = []
        if node.type == "statement_block":
            body = list(node.named_children)
        elif node.type in ("switch_case", "switch_default"):
            body = node.children_by_field_name("body")
        if inside and body:
            yield [part for part in body if part.type != "comment"]


def flows(reading: Reading, chosen: Sequence[Run]) -> list[Flow]:
    """Give the flow of each run; what stands between them are other slots."""
    lines = [line + "\n" for line in reading.source.decode().split("\n")]
    borders = {0, len(lines)}
    for run in chosen:
        borders |= {run.first, run.last + 1}
    slots = [slot(AtomKind.BLOCK, lines, a, b) for a, b in pairwise(sorted(borders))]
    found = script_flows(reading, slots)
    places = {part.start_line - 1: index for index, part in enumerate(slots)}
    return [found[places[run.first]] for run in chosen]


def wrappable(run: Run, flow: Flow, reading: Reading) -> bool:
    """Tell whether a run can be a function: nothing shared by reference, nothing of its own kind.

    A name that is captured, or belongs to a function around, may be handed over by value if it
    never changes.
    """
    if any(effect.kind in REFUSED for effect in flow.effects):
        return False
    source = reading.source.decode()
    outer = [name for name in _outer(run, flow, reading) if not _constant(name, source)]
    return not outer and all(f"const {name} =" in source for name in flow.captured)


def _outer(run: Run, flow: Flow, reading: Reading) -> list[str]:
    """Give the free names of a run that a function around its own declares."""
    around = _functions_around(reading.tree.root_node, run)[:-1]
    declared = {name for function in around for name in _locals(function)}
    return [name for name in flow.free if name in declared]


def _constant(name: str, source: str) -> bool:
    """Tell whether a name is bound at one place at most, as far as the text tells."""
    changes = re.findall(
        rf"(?<![\w$.]){re.escape(name)}\s*(?:[-+*/%&|^?<>]*=(?![=>])|\+\+|--)", source
    )
    return len(changes) <= 1 and not re.search(rf"(?:\+\+|--|let ){re.escape(name)}\b", source)


def wrap(
    text: str, chosen: Sequence[Run], reading: Reading, told: Sequence[Flow] | None = None
) -> str:
    """Put the runs of a source into functions of their own and call these in their places.

    ``told`` are other flows than their own.
    """
    source = reading.source
    functions, pieces, at = [], [], 0
    for index, (run, flow) in enumerate(zip(chosen, told or flows(reading, chosen), strict=True)):
        wrapper = _Wrapper(source, run, flow, f"$block{index}", reading)
        start, end = run.statements[0].start_byte, run.statements[-1].end_byte
        pieces += [source[at:start].decode(), wrapper.call()]
        functions.append(wrapper.function())
        at = end
    assert text.encode() == source
    return PRELUDE + "\n".join(functions) + "\n" + "".join(pieces) + source[at:].decode()


class _Wrapper:
    def __init__(self, source: bytes, run: Run, flow: Flow, name: str, reading: Reading) -> None:
        self.source, self.run, self.flow, self.name = source, run, flow, name
        self.lexical = {_text(node) for node in block_names(run.statements)}
        self.vars = {_text(node) for node in _vars(run.statements)}
        self.local = _locals(_functions_around(reading.tree.root_node, run)[-1])
        self.outer = _outer(run, flow, reading)
        self.jumps = list(_jumps(run.statements))
        self.exits = sorted({_text(node).rstrip(";") for node in self.jumps if _leaves(node)})
        kinds = {effect.kind for effect in flow.effects}
        self.waits = EffectKind.AWAIT in kinds
        self.yields = bool(kinds & {EffectKind.YIELD, EffectKind.YIELD_FROM})

    def call(self) -> str:
        """Give the statements that stand for the run."""
        flow = self.flow
        words = "yield* " if self.yields else "await " if self.waits else ""
        lines = [f"let {name};" for name in sorted(self.lexical)]
        lines += [f"var {name};" for name in sorted(self.vars)]
        outer = [f"$read(() => {name})" for name in self.outer]
        arguments = ", ".join(("this", *flow.live_in, *outer))
        lines += [f"{{ const $way = {words}{self.name}.call({arguments}), $out = $way[2]();"]
        for index, name in enumerate(flow.live_out):
            lines.append(f"if ($out[{index}] !== $none) {name} = $out[{index}];")
        lines.append("if ($way[0] === 'throw') throw $way[1];")
        if any(node.type == "return_statement" for node in self.jumps):
            lines.append("if ($way[0] === 'return') return $way[1];")
        lines += [f"if ($way[0] === '{jump}') {jump};" for jump in self.exits]
        return " ".join([*lines, "}"])

    def function(self) -> str:
        """Give the function that holds the statements of the run."""
        flow = self.flow
        words = f"{'async ' if self.waits else ''}function{'*' if self.yields else ''}"
        text = self._body()
        own = {*self.lexical, *self.vars, *flow.live_in, *self.outer}
        mentioned = {_text(node) for part in self.run.statements for node in _identifiers(part)}
        unset = sorted((mentioned | set(flow.live_out)) & self.local - own)
        declared = f"let {', '.join(unset)};" if unset else ""
        seen = [name if name not in self.lexical else "$none" for name in flow.live_out]
        return (
            f"{words} {self.name}({', '.join((*flow.live_in, *self.outer))}) {{ {declared}\n"
            f"const $late = () => [{_reads(seen)}];\n"
            f"try {{ const $out = () => [{_reads(flow.live_out)}];\n{text}\n"
            "return ['end', undefined, $out]; } "
            "catch ($error) { return ['throw', $error, $late]; } }"
        )

    def _body(self) -> str:
        start, end = self.run.statements[0].start_byte, self.run.statements[-1].end_byte
        pieces, at = [], start
        for node in self.jumps:
            if node.type == "return_statement":
                value = node.named_children[0] if node.named_children else None
                text = _text(value) if value is not None else "undefined"
                new = f"return ['return', ({text}), $out];"
            elif _leaves(node):
                new = f"return ['{_text(node).rstrip(';')}', undefined, $out];"
            else:
                continue
            pieces += [self.source[at : node.start_byte].decode(), new]
            at = node.end_byte
        return "".join(pieces) + self.source[at:end].decode()

    def told(self) -> set[tuple[str, int]]:
        """Give the jumps out of the run that the text shows, each with its line."""
        return {
            (node.type.removesuffix("_statement"), node.start_point[0] + 1)
            for node in self.jumps
            if node.type == "return_statement" or _leaves(node)
        }


def jumps_told(text: str, run: Run) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Give the jumps out of a run twice: as its flow tells them, and as its text shows them."""
    reading = read(text.encode(), Language.JAVASCRIPT)
    (flow,) = flows(reading, [run])
    kinds = {EffectKind.RETURN, EffectKind.BREAK, EffectKind.CONTINUE}
    effects = {(effect.kind.value, effect.line) for effect in flow.effects if effect.kind in kinds}
    return effects, _Wrapper(reading.source, run, flow, "", reading).told()


def _reads(names: Sequence[str]) -> str:
    return ", ".join(f"$read(() => {name})" for name in names)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _identifiers(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        part = stack.pop()
        stack.extend(part.named_children)
        if part.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield part


def _functions_around(root: Node, run: Run) -> list[Node]:
    """Give the functions that hold a run, the innermost last; the file if there is none."""
    found: list[Node] = []
    node = root
    start, end = run.statements[0].start_byte, run.statements[-1].end_byte
    while True:
        inner = [c for c in node.named_children if c.start_byte <= start and end <= c.end_byte]
        inner = [c for c in inner if c.id != run.statements[0].id]
        if not inner:
            return found or [root]
        node = inner[0]
        if node.type in FUNCTIONS - {"class", "class_declaration"}:
            found.append(node)


def _locals(function: Node) -> set[str]:
    """Give every name that is declared anywhere inside of a function."""
    found: set[str] = set()
    stack = [function]
    while stack:
        node = stack.pop()
        stack.extend(node.named_children)
        if node.type in BINDING:
            for field in ("name", "left", "parameter"):
                found |= {_text(name) for name in pattern_names(node.child_by_field_name(field))}
        elif node.type == "formal_parameters":
            found |= {_text(name) for part in node.named_children for name in pattern_names(part)}
        elif node.type in FUNCTIONS and node.id != function.id:
            name = node.child_by_field_name("name")
            found |= {_text(name)} if name is not None and name.type == "identifier" else set()
    return found


def _vars(statements: Sequence[Node]) -> Iterator[Node]:
    stack = list(statements)
    while stack:
        node = stack.pop()
        if node.type in FUNCTIONS:
            continue
        stack.extend(node.named_children)
        if node.type == "variable_declaration":
            for part in node.named_children:
                yield from pattern_names(part.child_by_field_name("name"))
        elif node.type == "for_in_statement":
            kind = node.child_by_field_name("kind")
            if kind is not None and kind.type == "var":
                yield from pattern_names(node.child_by_field_name("left"))


_INNER: dict[int, bool] = {}


def _jumps(statements: Sequence[Node]) -> Iterator[Node]:
    """Give the returns, breaks and continues of a run in source order, and mark those that stay."""
    stack: list[tuple[Node, bool, bool, tuple[str, ...]]] = [
        (node, False, False, ()) for node in reversed(statements)
    ]
    while stack:
        node, breaks, continues, labels = stack.pop()
        if node.type in FUNCTIONS:
            continue
        if node.type in ("return_statement", "break_statement", "continue_statement"):
            label = node.child_by_field_name("label")
            held = breaks if node.type == "break_statement" else continues
            _INNER[node.id] = _text(label) in labels if label is not None else held
            yield node
            continue
        if node.type == "labeled_statement":
            label = node.child_by_field_name("label")
            labels = (*labels, _text(label)) if label is not None else labels
        loop = node.type in LOOPS
        breaks = breaks or loop or node.type == "switch_statement"
        inner = breaks, continues or loop, labels
        stack.extend((child, *inner) for child in reversed(node.named_children))


def _leaves(node: Node) -> bool:
    return node.type != "return_statement" and not _INNER[node.id]
