"""The law for scripts: blocks that see only what their flow names do what the statements did."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atomization.parser import Language
from atomization.reading import read
from tests.atomization.flow.script_node import NodeProcess, node_process
from tests.atomization.flow.script_programs import programs
from tests.atomization.flow.script_wrapping import (
    Run,
    flows,
    jumps_told,
    runs,
    wrap,
    wrappable,
)

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

FUNCTIONS = {
    "labels": (
        """
function f(rows, limit) {
  let total = 0;
  let last;
  outer: for (const row of rows) {
    out("row", row.length);
    for (let i = 0; i < row.length; i++) {
      const value = row[i];
      if (value < 0) {
        continue outer;
      }
      total += value;
      last = value;
      if (total > limit) {
        last = -1;
        break outer;
      }
    }
    out(total);
  }
  return [total, last];
}
""",
        ["f([[1, 2], [3, -1, 9], [4]], 100)", "f([[1, 2], [3, 4]], 5)", "f([], 1)"],
    ),
    "switch": (
        """
function f(kind) {
  let a = 0;
  let b = "none";
  switch (kind) {
    case 1:
      a = 1;
      out("one");
    case 2:
      b = "two";
      a += 10;
      break;
    default:
      out("default");
      b = a;
    case 3:
      a = 3;
      return [a, b, "early"];
  }
  out(a);
  return [a, b];
}
""",
        ["f(1)", "f(2)", "f(3)", "f(4)"],
    ),
    "try": (
        """
function f(g) {
  let a = 0;
  let b;
  try {
    a = 1;
    b = g(a);
    a = 2;
    if (b) {
      return out("in try", a);
    }
    a = 3;
  } catch (error) {
    const message = error.message;
    b = message + a;
    out("caught", b);
  } finally {
    a += 100;
    out("finally", a, b);
  }
  a += 1;
  return [a, b];
}
""",
        ["f(() => 0)", "f(() => 1)", "f(() => { throw new Error('x'); })"],
    ),
    "destructuring": (
        """
function f(source, fallback = 5) {
  let n = 0;
  const { p = (n = 1), q: [r, ...s] = [fallback], ...rest } = source;
  let t;
  ({ t = n, u: source.v } = rest);
  [n, fallback] = [fallback, n];
  const w = source.v ?? (t = "replaced");
  out(p, r, s, t, w);
  n ||= 7;
  return { n, fallback, t, v: source.v };
}
""",
        ["f({})", "f({ p: 3, q: [1, 2, 3], u: 4 })", "f({ t: 0 }, 0)"],
    ),
    "loops": (
        """
function f(n) {
  var seen = [];
  let i = 0;
  do {
    i++;
    if (i === 2) {
      continue;
    }
    var square = i * i;
    seen.push(square);
  } while (i < n);
  for (var k in seen) {
    out(k, square);
    if (k === "1") break;
  }
  let x;
  while ((x = seen.pop())) {
    out(x);
    k = x;
  }
  return [i, k, square, seen.length];
}
""",
        ["f(1)", "f(4)"],
    ),
    "generator": (
        """
function* f(items) {
  let got = 0;
  for (const item of items) {
    got = yield item;
    if (got > 2) {
      const rest = yield* ["many", got];
      out(rest, got);
      return got;
    }
    out("sent", got);
  }
  yield got;
  return "end";
}
""",
        ["f([5, 6])", "f([1, 2, 3, 4, 5])"],
    ),
    "async": (
        """
async function f(tasks) {
  const results = [];
  let failed = 0;
  for (const task of tasks) {
    try {
      const value = await task();
      results.push(value);
      out("ok", value);
    } catch {
      failed += 1;
      out("failed", failed);
    }
  }
  for await (const late of results) {
    failed += late;
  }
  return [results, failed];
}
""",
        ["f([async () => 1, async () => { throw new Error('x'); }, () => 3])"],
    ),
    "this": (
        """
const o = {
  count: 1,
  f(step) {
    let before = this.count;
    this.count += step;
    const after = this.count;
    if (after > 3) {
      before = after;
      return out("big", before);
    }
    delete this.count;
    out(before, after);
    return this;
  },
};
""",
        ["o.f(1)", "o.f(10)"],
    ),
    "shadowing": (
        """
function f(x) {
  let y = x;
  {
    const x = 10;
    y += x;
    out(x, y);
  }
  for (let x = 0; x < 2; x++) {
    let y = x;
    y += 1;
    out(x, y);
  }
  out(x, y);
  return x + y;
}
""",
        ["f(1)"],
    ),
    "closures": (
        """
function f(items) {
  const base = 10;
  const later = [];
  for (const item of items) {
    const scaled = item * base;
    later.push(() => scaled + base);
    out(scaled);
  }
  const all = later.map((get) => get());
  out(all);
  return all;
}
""",
        ["f([1, 2, 3])"],
    ),
    "functions inside": (
        """
function f(items, scale) {
  const seen = [];
  const visit = (item, depth) => {
    const key = item.key * scale;
    seen.push(key);
    if (depth < 2) {
      const inner = { key: key + depth };
      visit(inner, depth + 1);
    }
    return key;
  };
  const keys = items.map((item) => {
    const key = visit(item, 0);
    out(key);
    return key;
  });
  return [seen, keys];
}
""",
        ["f([{ key: 1 }, { key: 2 }], 3)"],
    ),
    "chains": (
        """
function f(a, b) {
  let x = 0;
  let y = 0;
  a && (x = a.n) && (y = x + 1);
  b?.go((y = 5));
  x ??= 9;
  const z = a ? (x = 1) : (y = 2), w = (x++, `${x}-${y}`);
  out(x, y, z, w);
  if (x && (y = 7)) {
    x = 0;
  }
  return [x, y, z, w];
}
""",
        ["f(null, null)", "f({ n: 1 }, { go: out })", "f({ n: null }, { go: out })"],
    ),
    "nested finally": (
        """
function f(n) {
  let log = "";
  for (let i = 0; i < n; i++) {
    try {
      try {
        log += "a";
        if (i === 1) continue;
        if (i === 2) throw i;
        log += "b";
      } finally {
        log += "c";
        if (i === 4) break;
      }
    } catch (error) {
      log += error;
    }
    log += "d";
  }
  return log;
}
""",
        ["f(1)", "f(9)"],
    ),
}


@pytest.fixture(scope="module")
def node() -> Iterator[NodeProcess]:
    assert NODE is not None
    with node_process(NODE) as process:
        yield process


def partitions(found: list[Run]) -> Iterator[list[Run]]:
    """Give each run alone, then as many as fit beside one another, from the start and the end."""
    for run in found:
        yield [run]
    for order in (found, found[::-1]):
        chosen: list[Run] = []
        for run in order:
            if all(run.last < other.first or other.last < run.first for other in chosen):
                chosen.append(run)
        yield sorted(chosen, key=lambda run: run.first)


@needs_node
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_block_of_a_function_runs_alone(name: str, node: NodeProcess) -> None:
    source, calls = FUNCTIONS[name]
    reading = read(source.encode(), Language.JAVASCRIPT)
    expected = node.run(source, calls)
    found = runs(reading)
    alone = [run for run in found if wrappable(run, flows(reading, [run])[0], reading)]
    assert len(alone) >= 0.8 * len(found)
    for chosen in partitions(alone):
        text = wrap(source, chosen, reading)
        assert node.run(text, calls) == expected, text


@needs_node
@pytest.mark.parametrize("forgotten", ["live_in", "live_out"])
def test_a_flow_that_forgets_a_name_is_found_out(forgotten: str, node: NodeProcess) -> None:
    source, calls = FUNCTIONS["labels"]
    reading = read(source.encode(), Language.JAVASCRIPT)
    run = next(run for run in runs(reading) if run.first == 11)
    (flow,) = flows(reading, [run])
    names = getattr(flow, forgotten)
    assert names
    for name in names:
        less = tuple(other for other in names if other != name)
        text = wrap(source, [run], reading, [replace(flow, **{forgotten: less})])
        assert node.run(text, calls) != node.run(source, calls), name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_jumps_out_of_a_block_are_those_of_its_text(name: str) -> None:
    source, _ = FUNCTIONS[name]
    for run in runs(read(source.encode(), Language.JAVASCRIPT)):
        told, shown = jumps_told(source, run)
        assert told == shown


@needs_node
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(), st.integers(0, 2**16))
def test_random_programs_do_the_same_block_by_block(
    node: NodeProcess, source: str, seed: int
) -> None:
    reading = read(source.encode(), Language.JAVASCRIPT)
    assert not reading.tree.root_node.has_error
    found = runs(reading, longest=4)
    alone = [run for run in found if wrappable(run, flows(reading, [run])[0], reading)]
    calls = ["f(0, 1)", "f(3, 0)", "f(-1, 2)"]
    expected = node.run(source, calls)
    for chosen in partitions(Random(seed).sample(alone, min(len(alone), 12))):
        text = wrap(source, chosen, reading)
        assert node.run(text, calls) == expected, text
