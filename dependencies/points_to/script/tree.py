"""Small questions to syntax nodes."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import tree_sitter


def part_at(node: tree_sitter.Node, index: int) -> tree_sitter.Node | None:
    """Give a named child by its place, None where there is none."""
    return node.named_child(index) if 0 <= index < node.named_child_count else None


def each(nodes: Iterable[tree_sitter.Node]) -> Generator[tree_sitter.Node, int, None]:
    """Ask for the value of one node after the other; a list could not take what is sent back."""
    for node in nodes:  # noqa: UP028
        yield node
