"""How complete contexts are: ``python benchmarks/completeness.py [ROOT …]``.

Without ROOT the corpora are CPython's ``Lib`` and Django, as installed beside this interpreter, and
this project. Prints for each the mean completeness of its atoms, the distribution, what the holes
are, and how long the analysis of names took; files with annotations of any kind stand apart.
``--mypy`` lets mypy fill gaps and tells on how many receivers both agree. ``--strict`` tells what
the mean is when nothing is known by the attributes used alone.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from atomization.collector import collector_paused  # noqa: E402
from atomization.context_injector import Context, build_contexts  # noqa: E402
from atomization.decomposer import decompose  # noqa: E402
from atomization.names import GUESSED, FileReferences, Outcome, references_of  # noqa: E402
from atomization.parser import Language  # noqa: E402
from atomization.project import ProjectFile  # noqa: E402
from atomization.python_names import names_of  # noqa: E402
from atomization.python_resolver import Resolver  # noqa: E402
from atomization.type_facts import TypeFacts, project_types  # noqa: E402
from devmatrix.python_source import UNPARSABLE, parse_module  # noqa: E402

LEFT_OUT: Final = ("site-packages", "lib2to3/tests/data", "/.venv/", "/var/", "__pycache__")
STEPS: Final = (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
SHOWN: Final = 15
MICRO: Final = 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """A corpus as analyzed: its files, their references and contexts, and the seconds it took."""

    files: Sequence[ProjectFile]
    references: Sequence[FileReferences]
    contexts: dict[str, Context]
    seconds: float


def main() -> None:
    """Measure each corpus and print its figures."""
    options = _options()
    for root in options.roots or _corpora():
        files = list(_files(root))
        if not files:
            print(f"{root}: no Python files", file=sys.stderr)
            continue
        types = project_types(files, cache=options.cache) if options.mypy else None
        measured = _measured(files, types)
        _print(root, measured)
        if types is not None:
            _print_mypy(measured, types)
        if options.strict:
            _print_strict(measured)
        sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("roots", type=Path, nargs="*", metavar="ROOT")
    parser.add_argument("--mypy", action="store_true", help="let mypy fill what gaps it can")
    parser.add_argument("--strict", action="store_true", help="also without guesses by use")
    parser.add_argument("--cache", type=Path, help="a folder for what mypy tells")
    return parser.parse_args()


def _corpora() -> list[Path]:
    paths = sysconfig.get_paths()
    return [Path(paths["stdlib"]), Path(paths["purelib"]) / "django", ROOT]


def _files(root: Path) -> Iterator[ProjectFile]:
    base = root.parent if (root / "__init__.py").is_file() else root
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(base).as_posix()
        if not any(part in f"/{name}" for part in LEFT_OUT):
            slots = tuple(decompose(path.read_bytes(), Language.PYTHON))
            yield ProjectFile(name, Language.PYTHON, slots)


def _measured(files: Sequence[ProjectFile], types: TypeFacts | None) -> Measured:
    started = process_time()
    references = references_of(files, types=types)
    seconds = process_time() - started
    return Measured(files, references, build_contexts(files, references=references), seconds)


def _annotated(file: ProjectFile) -> bool:
    """Tell whether a file has an annotation of any kind."""
    try:
        tree = parse_module(file.text.encode("utf-8", "surrogateescape"))
    except UNPARSABLE:
        return False
    return any(
        isinstance(node, ast.AnnAssign)
        or getattr(node, "annotation", None) is not None
        or getattr(node, "returns", None) is not None
        for node in ast.walk(tree)
    )


def _print(root: Path, measured: Measured) -> None:
    lines = sum(file.text.count("\n") for file in measured.files)
    print(f"\n{root.name}: {len(measured.files):,} files, {lines:,} lines")
    each = measured.seconds * MICRO / lines
    print(f"  names analyzed in {measured.seconds:.1f} s, {each:.1f} µs a line")
    annotated = {file.path for file in measured.files if _annotated(file)}
    contexts = measured.contexts
    of_annotated = [value for key, value in contexts.items() if key.split("::")[0] in annotated]
    _print_share("all atoms", list(contexts.values()))
    _print_share(f"atoms of the {len(annotated):,} files with annotations", of_annotated)
    _print_distribution(contexts.values())
    _print_holes(contexts.values())
    _print_uses(measured.references)


def _print_share(title: str, contexts: Sequence[Context]) -> None:
    values = [context.completeness for context in contexts]
    if not values:
        print(f"  {title}: none")
        return
    high = sum(value >= 0.95 for value in values) / len(values)
    whole = sum(value >= 1 for value in values) / len(values)
    print(
        f"  {title}: {len(values):,}, mean completeness {statistics.mean(values):.4f}, "
        f"{high:.1%} at least 0.95, {whole:.1%} complete"
    )


def _print_distribution(contexts: Iterable[Context]) -> None:
    values = [context.completeness for context in contexts]
    for low, high in pairwise(STEPS):
        count = sum(low <= value < high for value in values)
        print(f"    {low:.2f} ≤ completeness < {high:.2f}  {count:7,}  {count / len(values):6.1%}")
    count = sum(value >= 1 for value in values)
    print(f"    completeness = 1            {count:7,}  {count / len(values):6.1%}")


def _print_holes(contexts: Iterable[Context]) -> None:
    parts: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for context in contexts:
        for item in context.explanations:
            if not item.resolved:
                parts[item.part.value] += 1
                names[f"{item.name} ({item.how})" if item.part == "result" else item.name] += 1
    print("  holes:", ", ".join(f"{count:,} {part}s" for part, count in parts.most_common()))
    shown = ", ".join(f"{name} {count}" for name, count in names.most_common(SHOWN))
    print(f"  most frequent: {shown}")


def _print_uses(references: Sequence[FileReferences]) -> None:
    uses = Counter(use.outcome for file in references for use in file.references)
    vias = Counter(use.via for file in references for use in file.references if use.via)
    total = sum(uses.values())
    shown = ", ".join(f"{kind} {count / total:.1%}" for kind, count in uses.most_common())
    print(f"  {total:,} uses of names and attributes: {shown}")
    print(f"  of these by the attributes used alone {vias[GUESSED]:,}, by mypy {vias['types']:,}")


def _print_strict(measured: Measured) -> None:
    """Print the mean when a receiver known by its use alone counts as unknown."""
    references = [
        replace(
            file,
            references=tuple(
                replace(use, outcome=Outcome.UNRESOLVED, targets=()) if use.via == GUESSED else use
                for use in file.references
            ),
        )
        for file in measured.references
    ]
    contexts = build_contexts(measured.files, references=references)
    _print_share("without what use alone tells", list(contexts.values()))


def _print_mypy(measured: Measured, types: TypeFacts) -> None:
    """Print on how many receivers, whose class both tell, we and mypy agree."""
    if types.problem:
        print(f"  mypy: {types.problem}")
        return
    with collector_paused():
        names = [names_of(file) for file in measured.files]
        resolver = Resolver(names, types=types)
        agreed = Counter(
            found for file in names for use in file.mentions if (found := resolver.agrees(use))
        )
    both = agreed["same"] + agreed["related"] + agreed["other"]
    if both:
        print(
            f"  mypy tells the class of {both:,} receivers that we tell, too: the same for "
            f"{agreed['same'] / both:.1%}, a base or subclass for {agreed['related'] / both:.1%}; "
            f"it alone tells {agreed['mypy']:,}"
        )


if __name__ == "__main__":
    main()
