"""How long the API takes over a large graph: ``python benchmarks/graph_api.py [--atoms N]``.

Makes a project of N atoms (10,000) with five edges an atom in a database of its own, asks for
everything that a client can ask of a graph, and prints seconds, bytes and the ratio to the goal of
two seconds an answer. Nothing of the installation is touched.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

GOAL: Final = 2.0
EDGES_AN_ATOM: Final = 5
ATOMS_A_FILE: Final = 20
WAVE: Final = 1_000
SEED: Final = 7


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--atoms", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5, help="the median of so many is shown")
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        os.environ["DATABASE_URL"] = f"sqlite:///{place}/graph.sqlite3"
        os.environ["DEVMATRIX_VAR"] = place
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "devmatrix.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        _report(options.atoms, options.repeat)


def _report(atoms: int, repeat: int) -> None:
    graph, ids = _filled(atoms)
    print(f"{atoms:,} atoms, {graph.edge_count:,} edges, {graph.wave_count:,} waves; goal {GOAL} s")
    print(f"{'what is asked':46} {'seconds':>8} {'of goal':>8} {'bytes':>12}")
    for name, ask in _questions(graph, ids):
        ask()
        times, size = [], 0
        for _ in range(repeat):
            began = time.perf_counter()
            size = len(ask().content)
            times.append(time.perf_counter() - began)
        seconds = statistics.median(times)
        print(f"{name:46} {seconds:8.3f} {seconds / GOAL:8.2f} {size:12,}")


def _questions(graph: Any, ids: list[Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    from django.test import Client
    from rest_framework.test import APIClient

    from devmatrix.accounts.models import User

    client, browser = APIClient(), Client()
    reader = User.objects.create_user("reader")
    client.force_authenticate(reader)
    browser.force_login(reader)
    first, last = ids[0], ids[-1]
    code = "def renamed(number: str) -> str:\n    return number\n"
    edge = graph.edges.order_by("pk")[0].pk

    def get(address: str) -> Callable[[], Any]:
        def ask() -> Any:
            answer = client.get(f"/api/v2/{address}", HTTP_HOST="localhost")
            assert answer.status_code == 200, answer.content[:300]
            return answer

        return ask

    def post() -> Any:
        address = f"/api/v2/atoms/{first}/impact"
        answer = client.post(address, {"code": code}, format="json", HTTP_HOST="localhost")
        assert answer.status_code == 200, answer.content[:300]
        return answer

    def page(query: str) -> Callable[[], Any]:
        def ask() -> Any:
            address = f"/projects/{graph.masterplan_id}/graph/{query}"
            answer = browser.get(address, HTTP_HOST="localhost")
            assert answer.status_code == 200, answer.content[:300]
            return answer

        return ask

    yield "graphs/{id}", get(f"graphs/{graph.pk}")
    yield "graphs/{id}/waves", get(f"graphs/{graph.pk}/waves")
    yield "graphs/{id}/visualize", get(f"graphs/{graph.pk}/visualize")
    yield "graphs/{id}/visualize?limit=1000", get(f"graphs/{graph.pk}/visualize?limit=1000")
    yield "graphs/{id}/visualize?as=svg", get(f"graphs/{graph.pk}/visualize?as=svg&atom={first}")
    yield "graphs/{id}/cycles", get(f"graphs/{graph.pk}/cycles")
    yield "edges/{id}", get(f"edges/{edge}")
    yield "atoms/{id}/dependencies", get(f"atoms/{last}/dependencies")
    yield "atoms/{id}/dependencies?depth=all", get(f"atoms/{last}/dependencies?depth=all")
    yield "atoms/{id}/dependants?depth=all", get(f"atoms/{first}/dependants?depth=all&limit=500")
    yield "atoms/{id}/impact", get(f"atoms/{first}/impact")
    yield "atoms/{id}/impact with new code", post
    yield "the page of the graph", page("")
    yield "the page with an atom chosen", page(f"?atom={first}")


def _filled(count: int) -> tuple[Any, list[Any]]:
    """Store a project: files of functions in waves, each needing some of the waves before."""
    from atomization.models import AtomicUnit, SourceFile
    from dependencies.models import AtomDependency, DependencyGraph, ExecutionWave
    from devmatrix.masterplans.models import MasterPlan

    chance = random.Random(SEED)
    plan = MasterPlan.objects.create(name="large", origin="import", status="completed")
    files = [
        SourceFile(masterplan=plan, path=f"pkg/part{n // 50}/module_{n}.py", language="python")
        for n in range((count + ATOMS_A_FILE - 1) // ATOMS_A_FILE)
    ]
    SourceFile.objects.bulk_create(files)
    atoms = [
        AtomicUnit(
            masterplan=plan,
            source_file=files[n // ATOMS_A_FILE],
            position=1024 * (n % ATOMS_A_FILE + 1),
            kind="function",
            name=f"function_{n}",
            language="python",
            code=f"def function_{n}(number: int) -> int:\n    return number + {n}\n\n\n",
            status="accepted",
            loc=2,
            wave_number=n // WAVE + 1,
        )
        for n in range(count)
    ]
    AtomicUnit.objects.bulk_create(atoms, batch_size=500)
    graph = DependencyGraph.objects.create(
        masterplan=plan, policy="contract", node_count=count, wave_count=(count - 1) // WAVE + 1
    )
    ExecutionWave.objects.bulk_create(
        ExecutionWave(graph=graph, number=number + 1, total_atoms=min(WAVE, count - number * WAVE))
        for number in range(graph.wave_count)
    )
    edges = [
        AtomDependency(
            graph=graph,
            dependent=atoms[n],
            dependency=atoms[other],
            kind="function_call",
            is_hard=False,
            orders_generation=False,
            line=2,
            reason=f"calls function_{other}",
            resolved_by="import",
            chain=[
                {"what": "calls", "path": "pkg/a.py", "line": 2, "text": "return number + 1"},
                {"what": "is defined", "path": "pkg/b.py", "line": 1, "text": "def function():"},
            ],
        )
        for n in range(count)
        for other in _others(n, chance)
    ]
    AtomDependency.objects.bulk_create(edges, batch_size=1000)
    graph.edge_count = len(edges)
    graph.cycles = [[str(atom.pk) for atom in atoms[:10]]]
    graph.save()
    return graph, [atom.pk for atom in atoms]


def _others(at: int, chance: random.Random) -> set[int]:
    """Choose the atoms that one needs: any that come before it."""
    if at == 0:
        return set()
    return {chance.randrange(at) for _ in range(EDGES_AN_ATOM)}


if __name__ == "__main__":
    main()
