"""Measure graphs and waves.

``python benchmarks/graphs.py``: build, condense and level a graph of a million nodes and three
million edges, with ours beside NetworkX and rustworkx used alone, each in a process of its own.
``--sizes``: from which size on rustworkx is the faster engine. ``--packages PATH …``: the waves of
real packages under both policies.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

NODES: Final = 1_000_000
EDGES: Final = 3_000_000
SEED: Final = 7
Pairs = Iterator[tuple[int, int]]


def main() -> None:
    """Print the figures that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--slots", type=int, default=100, help="atoms made at a time")
    parser.add_argument("--max-width", type=int, help="atoms in a wave at most")
    parser.add_argument("--atoms", type=int, nargs=2, default=(600, 1200), metavar=("FROM", "TO"))
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("SHAPE", "CONTENDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        _measure(*options.one)
    elif options.sizes:
        _sizes()
    elif options.packages:
        from benchmarks.waves import print_packages

        print_packages(options.packages, options.atoms, options.slots, options.max_width)
    else:
        _million()


# -- shapes ---------------------------------------------------------------------------------------


def random_pairs() -> Pairs:
    """Draw both ends at random: one component of most nodes, as no real project has."""
    draw = random.Random(SEED).random
    for _ in range(EDGES):
        yield int(draw() * NODES), int(draw() * NODES)


def layered_pairs() -> Pairs:
    """Shape edges like code: modules of 800 atoms in eight layers, modules in levels of fifty.

    Seven edges in ten stay in their module and lead to a lower layer, the others lead to a module
    of a lower level, half of them to one of its ten best known atoms. One in fifty leads
    to the neighbour, so that some thousand pairs need each other.
    """
    draw = random.Random(SEED).random
    for number in range(EDGES):
        node = number % NODES
        module, at = divmod(node, 800)
        layer, level, kind = at // 100, module // 50, draw()
        if kind < 0.02:
            yield node, node ^ 1
        elif kind < 0.7 and layer:
            yield node, module * 800 + int(draw() * layer * 100)
        elif level:
            there = int(draw() * level * 50) * 800
            yield node, there + int(draw() * (10 if draw() < 0.5 else 800))
        else:
            yield node, int(draw() * 10)


def named(pairs: Pairs) -> Iterator[tuple[str, str]]:
    """Name nodes as atoms are named."""
    for tail, head in pairs:
        yield _name(tail), _name(head)


def _name(node: int) -> str:
    return f"package/module{node // 800}.py::atom{node}"


# -- contenders -----------------------------------------------------------------------------------


def with_ours(pairs: Pairs) -> tuple[int, int]:
    """Build, condense, level with dependencies.graph."""
    from dependencies.graph import condensation, from_arcs, levels

    graph = from_arcs(range(NODES), pairs)
    return len(condensation(graph).graph), 1 + max(levels(graph).values())


def with_ours_named(pairs: Pairs) -> tuple[int, int]:
    """Do the same with names as nodes, which is what the product has."""
    from dependencies.graph import condensation, from_arcs, levels

    graph = from_arcs(map(_name, range(NODES)), named(pairs))
    return len(condensation(graph).graph), 1 + max(levels(graph).values())


def with_networkx(pairs: Pairs) -> tuple[int, int]:
    """Build, condense, level with NetworkX as its manual does."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from(pair for pair in pairs if pair[0] != pair[1])
    condensed = nx.condensation(graph)
    level: dict[int, int] = {}
    for generation, groups in enumerate(nx.topological_generations(condensed)):
        for group in groups:
            for node in condensed.nodes[group]["members"]:
                level[node] = generation
    return len(condensed), 1 + max(level.values())


def with_rustworkx(pairs: Pairs) -> tuple[int, int]:
    """Build, condense, level with rustworkx as its manual does."""
    import rustworkx as rx

    graph: rx.PyDiGraph[Any, Any] = rx.PyDiGraph()
    graph.add_nodes_from(range(NODES))
    graph.extend_from_edge_list(pair for pair in pairs if pair[0] != pair[1])
    condensed: rx.PyDiGraph[Any, Any] = rx.condensation(graph)  # type: ignore[assignment]
    level: dict[int, int] = {}
    for generation, groups in enumerate(rx.topological_generations(condensed)):
        for group in groups:
            for node in condensed[group]:
                level[node] = generation
    return len(condensed), 1 + max(level.values())


SHAPES: Final[dict[str, Callable[[], Pairs]]] = {
    "random": random_pairs,
    "layered": layered_pairs,
}
CONTENDERS: Final[dict[str, Callable[[Pairs], tuple[int, int]]]] = {
    "ours": with_ours,
    "ours, named": with_ours_named,
    "rustworkx": with_rustworkx,
    "networkx": with_networkx,
}


def _measure(shape: str, contender: str) -> None:
    started = process_time()
    for _ in SHAPES[shape]():
        pass
    drawn = process_time() - started
    if contender == "ours, named":
        started = process_time()
        for _ in named(SHAPES[shape]()):
            pass
        drawn = process_time() - started
    started = process_time()
    groups, deep = CONTENDERS[contender](SHAPES[shape]())
    seconds = process_time() - started - drawn
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"groups": groups, "levels": deep, "seconds": seconds, "peak": peak}))


def _million() -> None:
    print(f"{NODES:,} nodes, {EDGES:,} edges: build, condense, level")
    print("(seconds of CPU without drawing the edges; peak memory of the whole process)\n")
    print(
        f"{'shape':<8} {'who':<12} {'CPU':>7} {'memory':>8}  {'ratio to ours':<24} groups, levels"
    )
    for shape in SHAPES:
        ours: dict[str, Any] = {}
        for contender in CONTENDERS:
            found = _in_a_process(shape, contender)
            ours = ours or found
            ratio = (
                f"{found['seconds'] / ours['seconds']:.1f} x CPU, "
                f"{found['peak'] / ours['peak']:.1f} x memory"
            )
            print(
                f"{shape:<8} {contender:<12} {found['seconds']:>5.1f} s {found['peak']:>5.0f} MB"
                f"  {ratio:<24} {found['groups']:,}, {found['levels']:,}",
                flush=True,
            )


def _in_a_process(shape: str, contender: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--one", shape, contender]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _sizes() -> None:
    """Print how long both engines take for waves of small graphs."""
    from dependencies.graph import Engine, critical_path, from_arcs, levels

    print("nodes  edges   networkx  rustworkx     arrays  (µs of CPU, levels and critical path)")
    for nodes in (3, 10, 20, 50, 100, 300, 1000, 10_000):
        draw = random.Random(SEED)
        pairs = [(draw.randrange(nodes), draw.randrange(nodes)) for _ in range(3 * nodes)]
        spent = []
        for engine in Engine:
            rounds = max(3, 20_000 // nodes)
            levels(from_arcs(range(nodes), pairs, engine=engine))
            started = process_time()
            for _ in range(rounds):
                graph = from_arcs(range(nodes), pairs, engine=engine)
                levels(graph)
                critical_path(graph)
            spent.append((process_time() - started) / rounds * 1e6)
        print(
            f"{nodes:>5} {len(pairs):>6} {spent[0]:>10.0f} {spent[1]:>10.0f} {spent[2]:>10.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
