"""Flows of single functions, for tests that name lines."""

from __future__ import annotations

import textwrap

from atomization.flow.graph import Graph
from atomization.flow.model import EffectKind, Flow
from atomization.flow.python import ScopeKind, graph_of
from atomization.parser import Language, normalised, parse


def python_graph(source: str, kind: ScopeKind = ScopeKind.FUNCTION) -> Graph:
    """Lower the first function (or class, or the module) of a dedented source."""
    data = textwrap.dedent(source).lstrip("\n").encode()
    root = parse(data, Language.PYTHON).root_node
    if kind is ScopeKind.MODULE:
        return graph_of(root, normalised(data), kind)
    wanted = "function_definition" if kind is ScopeKind.FUNCTION else "class_definition"
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == wanted:
            return graph_of(node, normalised(data), kind)
        stack.extend(reversed(node.children))
    raise AssertionError(f"no {wanted}")


def python_flow(
    source: str, first: int, last: int | None = None, kind: ScopeKind = ScopeKind.FUNCTION
) -> Flow:
    """Give the flow of the lines from ``first`` to ``last`` (1-based, both included)."""
    return python_graph(source, kind).flow(first - 1, (last or first) - 1)


def effects(flow: Flow, *kinds: EffectKind) -> list[tuple[str, str, int]]:
    """Give the effects of a flow, of these kinds only if some are given."""
    return [(e.kind.value, e.target, e.line) for e in flow.effects if not kinds or e.kind in kinds]
