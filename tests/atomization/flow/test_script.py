"""Which slots of a script have a flow, and that no source is too odd for one."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atomization.decomposer import decompose, slots_of
from atomization.flow.model import Flow
from atomization.flow.script import script_flows
from atomization.parser import Language
from atomization.pieces import AtomKind
from atomization.reading import read
from tests.atomization.flow.script_reading import slot
from tests.atomization.test_lossless import PIECES

SCRIPTS = [Language.TYPESCRIPT, Language.TSX, Language.JAVASCRIPT]
FRAGMENTS = """
    function f(a, {b = 1, ...c}, [d] = e) {
    async function* g() { yield* await x }
    class A extends B { static #p = 1; static { q } constructor(private r: T) {
    const {a, b: [c = d]} = e;
    let x; var y = 1; using z = w;
    for (const k of ks) { for (var i = 0; i < n; i++) {
    for await (x.y of z) { while (a ||= b) { do { } while (c)
    if (a) { } else if (b) { } else {
    switch (a) { case 1: x = 1; case 2: break; default: let w;
    outer: for (;;) { break outer; continue outer; } found: { break found; }
    try { throw new E() } catch ({ m }) { } finally {
    return; break; continue; throw
    a && (b = 1) ? c?.d(e = 2) : f ?? g
    (a) => { return this.x = arguments }
    x => y => z
    delete a.b; a[i]++; ({ a, b: c.d, ...e } = f);
    <A.B c={d} {...e}>{f}<g/></A.B>
    `a${b}c${`
    enum E { A = 1, B = A } namespace N.M { export
    declare global { var v } abstract class C { m(): void
    import d, { e as f, type G } from "h"; export * as i from "j"; export = k
    import l = require("m"); export { n as o }; export default
    @dec(a) type T = A | B; interface I { x: J } x as K; <L>y; z!
    with (a) { eval(b) } new.target; super.c
    } } } ) ] : ; , = => . ?. ... #
"""
NESTED = {
    "blocks": "{" * 3000 + "x = 1;" + "}" * 3000,
    "functions": "function f(a) {\n" * 800 + "return a;" + "\n}" * 800,
    "arrows": "x = " + "a => " * 3000 + "this.b",
    "calls": "f(" * 3000 + "a" + ")" * 3000,
    "chains": "a" + ".b(c)" * 3000,
    "sums": "x = " + "a + " * 3000 + "b",
    "ands": "x = " + "(a = b) && " * 3000 + "b",
    "ternaries": "x = " + "a ? (b = 1) : " * 1500 + "c",
    "tries": "try {\n" * 400 + "a();" + "\n} finally { b(); }" * 400,
    "loops": "for (const a of b) {\n" * 400 + "c(a);" + "\n}" * 400,
    "ifs": "if (a) b = 1; else " * 1500 + "c();",
    "objects": "x = " + "{a: " * 1500 + "b" + "}" * 1500,
    "patterns": "const " + "[" * 1500 + "a" + "]" * 1500 + " = b;",
    "classes": "class A { m() {\n" * 400 + "b;" + "\n} }" * 400,
    "open": "function f(a) {\n" * 800,
}


def flows_hold(source: bytes, language: Language, rows: int) -> dict[int, Flow]:
    """Ask for the flow of a source cut every few rows, whatever stands there."""
    lines = source.decode("utf-8", "surrogateescape").split("\n")
    lines = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    kinds = [AtomKind.FUNCTION, AtomKind.BLOCK, AtomKind.BLOCK]
    slots = [
        slot(kinds[first // rows % 3], lines, first, min(first + rows, len(lines)))
        for first in range(0, len(lines), rows)
    ]
    flows = script_flows(read(source, language), slots)
    assert all(0 <= index < len(slots) for index in flows)
    for flow in flows.values():
        assert set(flow.may_define) <= set(flow.live_out)
        assert not flow.kills
        assert all(1 <= effect.line <= len(lines) + 1 for effect in flow.effects)
    return flows


@settings(deadline=None, max_examples=400)
@given(
    st.lists(st.sampled_from(FRAGMENTS.splitlines()), max_size=25).map("\n".join),
    st.sampled_from(SCRIPTS),
    st.integers(1, 4),
)
def test_no_mixture_of_code_is_too_odd(source: str, language: Language, rows: int) -> None:
    flows_hold(source.encode(), language, rows)


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES, max_size=30).map(b"".join), st.sampled_from(SCRIPTS), st.integers(1, 4))
def test_no_bytes_are_too_odd(source: bytes, language: Language, rows: int) -> None:
    flows_hold(source.replace(b"\r", b""), language, rows)
    reading = read(source, language)
    script_flows(reading, decompose(source, language))


@pytest.mark.parametrize("name", NESTED)
def test_no_source_is_too_deep(name: str) -> None:
    assert flows_hold(b"start();\n\n" + NESTED[name].encode(), Language.JAVASCRIPT, 2)


def test_what_is_broken_costs_only_itself() -> None:
    source = b"function f(a) {\n  let b = a;\n  if (( {\n  g(b);\n  return b;\n}\n"
    flows = flows_hold(source, Language.JAVASCRIPT, 1)
    assert any("b" in flow.live_in for flow in flows.values())


LONG = """import { z } from "./z";
export function long(items: Item[], limit = 10): number {
  let total = 0;
  const seen = new Set<string>();
  for (const item of items) {
    if (seen.has(item.id)) {
      continue;
    }
    seen.add(item.id);
    total += item.size;
    if (total > limit) {
      break;
    }
  }
  const rest = items.filter((item) => !seen.has(item.id));
  if (rest.length > 0) {
    total += rest.length;
  }
  report(total, rest);
  audit(total);
  return total;
}

export const short = (a: number): number => a + 1;
"""


def test_blocks_and_headers_of_split_functions_have_a_flow_and_no_others() -> None:
    source = LONG.encode()
    slots = decompose(source, Language.TYPESCRIPT)
    flows = script_flows(read(source, Language.TYPESCRIPT), slots)
    names = {slots[index].name for index in flows}
    assert "long" in names
    assert {name for name in names if name != "long"} == {
        part.name for part in slots if part.kind is AtomKind.BLOCK
    }
    header = next(flow for index, flow in flows.items() if slots[index].name == "long")
    assert header.live_in == ()
    assert "items" in header.live_out


def test_what_else_is_a_part_of_a_split_function_has_a_flow_in_it() -> None:
    lines = ["function f(a) {\n", "  function g() { return a; }\n", "  return g;\n", "}\n"]
    header, inner, block = (slot(kind, lines, *rows) for kind, rows in PARTS)
    inner, block = replace(inner, parent=header.name), replace(block, parent=header.name)
    reading = read("".join(lines).encode(), Language.JAVASCRIPT)
    flows = script_flows(reading, [header, inner, block])
    assert flows[1].live_out == ("g",)
    assert flows[2].live_in == ("g",)
    assert 1 not in script_flows(reading, [header, replace(inner, parent=None), block])


PARTS = [(AtomKind.FUNCTION, (0, 1)), (AtomKind.FUNCTION, (1, 2)), (AtomKind.BLOCK, (2, 4))]


def test_members_of_a_long_literal_have_a_flow() -> None:
    lines = ["import { a, b } from './x';\n", "const table = {\n", "  one: a,\n", "  two: b };\n"]
    start, head = slot(AtomKind.IMPORT, lines, 0, 1), slot(AtomKind.CONSTANT, lines, 1, 3)
    rest = replace(slot(AtomKind.BLOCK, lines, 3, 4), name="table#block2", parent=head.name)
    flows = script_flows(read("".join(lines).encode(), Language.TYPESCRIPT), [start, head, rest])
    assert flows[2].live_in == ("b",)


def test_crlf_and_lone_cr_end_rows() -> None:
    texts = [LONG, LONG.replace("\n", "\r\n"), LONG.replace("\n", "\r")]
    told = []
    for text in texts:
        source = text.encode()
        slots = decompose(source, Language.TYPESCRIPT)
        told.append(script_flows(read(source, Language.TYPESCRIPT), slots))
    assert told[0]
    assert told[0] == told[1] == told[2]


def test_a_file_without_blocks_is_not_even_walked() -> None:
    source = b"export const a = 1;\nexport function f() { return a; }\n"
    slots = decompose(source, Language.JAVASCRIPT)
    assert script_flows(read(source, Language.JAVASCRIPT), slots) == {}


@pytest.mark.parametrize(
    "source",
    [
        "function f() {\n" + "for (const a of b) {\n  let c = a;\n  g(c);\n}\n" * 6_000 + "}\n",
        "function f(a) {\n" * 2_000 + "return a;\n" + "}\n" * 2_000,
    ],
    ids=["many blocks", "nested functions"],
)
def test_flows_of_many_scopes_take_seconds(source: str) -> None:
    reading = read(source.encode(), Language.JAVASCRIPT)
    slots = slots_of(reading)
    started = time.process_time()
    flows = script_flows(reading, slots)
    assert time.process_time() - started < 5
    blocks = [index for index, slot in enumerate(slots) if slot.kind is AtomKind.BLOCK]
    assert set(blocks) <= set(flows)
