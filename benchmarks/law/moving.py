"""The parts that wrappers are made of: small rewritings of Python's own syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from atomization.flow.model import EffectKind, Flow

_NESTED: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_STACK_READERS: Final = frozenset(
    ["_getframe", "currentframe", "stacklevel", "extract_stack", "getouterframes", "f_locals"]
)
_HELPERS: Final = """
__law_locals__ = locals
def __law_pick__(_law_names, _law_all):
    return {_law_n: _law_all[_law_n] for _law_n in _law_names if _law_n in _law_all}
def __law_keep__(_law_names, _law_all, _law_out):
    _law_out.update(__law_pick__(_law_names, _law_all))
def __law_bound__(_law_names, _law_all):
    for _law_n in _law_names:
        if _law_n not in _law_all:
            raise AssertionError("not bound, and not said to be maybe unbound: " + _law_n)
"""


def insert_helpers(tree: ast.Module) -> None:
    place = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    while place < len(tree.body):
        statement = tree.body[place]
        if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
            break
        place += 1
    tree.body[place:place] = ast.parse(_HELPERS).body


DELEGATION: Final = """\
_law_g = {call}
_law_s = None
_law_e = None
while True:
    try:
        if _law_e is None:
            _law_v = await _law_g.asend(_law_s)
        else:
            _law_v = await _law_g.athrow(_law_e)
    except StopAsyncIteration:
        break
    _law_e = None
    try:
        _law_s = yield _law_v
    except GeneratorExit:
        await _law_g.aclose()
        raise
    except BaseException as _law_x:
        _law_e = _law_x"""


def let_through(body: list[ast.stmt], async_generator: bool) -> ast.stmt:
    """Hand StopIteration to the caller, which a generator or coroutine cannot raise itself."""
    leave = "_law_o[''] = (4, _law_x)\n return" if async_generator else "return (4, _law_x)"
    kinds = "(StopIteration, StopAsyncIteration)" if async_generator else "StopIteration"
    guarded = parsed(f"try:\n pass\nexcept {kinds} as _law_x:\n {leave}")
    assert isinstance(guarded, ast.Try)
    guarded.body = body
    return guarded


class Leave(ast.NodeTransformer):
    """Turns what leaves a segment into what its wrapper returns."""

    def __init__(self, async_generator: bool) -> None:
        self.async_generator = async_generator
        self.loops = 0

    def suite(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """Transform a run of statements."""
        new: list[ast.stmt] = []
        for statement in statements:
            found = self.visit(statement)
            new += found if isinstance(found, list) else [found]
        return new

    def _leave(self, number: int, value: ast.expr | None) -> list[ast.stmt]:
        pair = ast.Tuple([ast.Constant(number), value or ast.Constant(None)], ast.Load())
        if not self.async_generator:
            return [ast.Return(value=pair)]
        store = parsed("_law_o[''] = 0")
        assert isinstance(store, ast.Assign)
        store.value = pair
        return [store, ast.Return(value=None)]

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        return self._leave(1, node.value)

    def visit_Break(self, node: ast.Break) -> list[ast.stmt]:
        return [node] if self.loops else self._leave(2, None)

    def visit_Continue(self, node: ast.Continue) -> list[ast.stmt]:
        return [node] if self.loops else self._leave(3, None)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> ast.AST:
        self.loops += 1
        node.body = self.suite(node.body)
        self.loops -= 1
        node.orelse = self.suite(node.orelse)
        return node

    visit_For = visit_AsyncFor = visit_While = _loop  # noqa: N815

    def _keep(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _keep  # noqa: N815


def obstacle(nodes: Sequence[ast.AST], flow: Flow) -> str:
    """Say why a segment cannot run elsewhere, or nothing."""
    dynamic = [effect.target for effect in flow.effects if effect.kind is EffectKind.DYNAMIC]
    if dynamic:
        return f"{dynamic[0]}() asks for the scope itself"
    for root in nodes:
        for node in ast.walk(root):
            names = {getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "arg", "")}
            if names & _STACK_READERS:
                return "reads the call stack"
    return ""


def own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk nodes without what nested definitions hold."""
    stack = list(reversed(list(nodes)))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _NESTED):
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def last_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def never_bound(names: Iterable[str]) -> ast.stmt:
    return parsed(f"if 0:\n {' = '.join(names)} = None")


def without_declarations(node: ast.stmt) -> ast.stmt:
    class Remover(ast.NodeTransformer):
        def visit_Global(self, node: ast.Global) -> ast.stmt:
            return ast.Pass()

        def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.stmt:
            return ast.Pass()

        def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
            if not isinstance(node.target, ast.Name):
                return node
            if node.value is None:
                return ast.Pass()
            return ast.Assign(targets=[node.target], value=node.value)

        def keep(self, node: ast.AST) -> ast.AST:
            return node

        visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = keep  # noqa: N815

    changed = Remover().visit(node)
    assert isinstance(changed, ast.stmt)
    return changed


def parsed(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def indented(text: str) -> str:
    return "\n".join(f" {line}" for line in text.split("\n"))


def split_lines(parts: Iterable[str]) -> Iterator[str]:
    for part in parts:
        yield from part.split("\n")
