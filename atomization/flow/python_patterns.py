"""Patterns of ``match``: what they compare with and capture, and when they always match."""

from __future__ import annotations

from atomization.flow.python_names import Collector, Node


def pattern_names(names: Collector, node: Node) -> tuple[int, int]:
    """Give the names that a match pattern uses and those that it captures."""
    uses = binds = 0
    stack = [node]
    while stack:
        node = stack.pop()
        children = node.named_children
        kind = node.type
        if kind == "dotted_name":
            bit = names.bit_of(children[0])
            if len(children) > 1:
                uses |= bit
            else:
                binds |= bit
        elif kind == "identifier":
            binds |= names.bit_of(node)
        elif kind == "class_pattern" and children:
            first = children[0]
            while first.named_child_count:
                first = first.named_children[0]
            uses |= names.bit_of(first)
            stack.extend(reversed(children[1:]))
        elif kind == "keyword_pattern":
            stack.extend(reversed(children[1:]))
        elif kind != "string":
            stack.extend(reversed(children))
    return uses, binds & ~names.bit(b"_")


def irrefutable(pattern: Node) -> bool:
    """``case _:`` and ``case name:`` match everything."""
    while pattern.named_child_count == 1 and pattern.type in ("case_pattern", "dotted_name"):
        pattern = pattern.named_children[0]
    return pattern.type == "identifier" or (
        pattern.type == "case_pattern" and pattern.end_byte - pattern.start_byte == 1
    )
