"""What an answer calls: its edges, found in the project with the answer and its examples in place.

A skeleton's empty body calls nothing, so the graph that orders verification can only be known once
the answer is there. A docstring's examples call things too; they are read as a function of the same
module.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from atomization.decomposer import AtomKind, decompose
from atomization.parser import Language
from atomization.project import ProjectFile, atom_key
from dependencies.dependency_service import DependencyService, Quoter
from dependencies.edges import Edge
from dependencies.imports import is_config
from devmatrix.python_source import UNPARSABLE, parse_module
from validation.candidate import Candidate
from validation.examples import trials_in
from validation.snapshot import Snapshot, encoded

PREFIX = "_examples_of_atom_"
KEPT_AS = "answers"
"""The name under which a service that keeps projects repairs one from answer to answer."""


def edges_of(
    snapshot: Snapshot,
    candidates: Sequence[Candidate],
    *,
    service: DependencyService | None = None,
) -> dict[str, list[Edge]]:
    """Return the edges of each candidate (by key) to other atoms of the project.

    `snapshot` is the project without the candidates. Edges that only examples cause say so.
    """
    asked = service or DependencyService()
    for candidate in candidates:
        path, _ = snapshot.split(candidate.key)
        snapshot = snapshot.with_imports(path, candidate.imports)
        snapshot = snapshot.replace(candidate.key, candidate.code)
    by_path: dict[str, list[str]] = {}
    for candidate in candidates:
        by_path.setdefault(snapshot.split(candidate.key)[0], []).append(candidate.key)
    files, aliases = [], {candidate.key: candidate.key for candidate in candidates}
    wholes: dict[str, str] = {}
    for path, file in snapshot.files.items():
        if file.language is None:
            continue
        text, names = with_examples(snapshot, by_path.get(path, []), file.text, file.language)
        aliases |= {f"{path}::{name}": key for name, key in names.items()}
        slots = tuple(decompose(encoded(text), file.language))
        project_file = ProjectFile(path, file.language, slots)
        files.append(project_file)
        wholes |= _wholes(project_file, aliases)
    quoter = Quoter(files)
    configs = {path: content for path, content in snapshot.raw.items() if is_config(path)}
    analyzed = asked.analyze(files, name=KEPT_AS, configs=configs)
    found = _collected(analyzed.edges, wholes)
    return {key: [quoter.explained(edge) for edge in edges] for key, edges in found.items()}


def _wholes(file: ProjectFile, aliases: Mapping[str, str]) -> dict[str, str]:
    """Map the parts of a candidate to it: blocks, nested definitions and what is inside those.

    A class header's methods are no parts of it, unless the class itself stands in a function.
    """
    found: dict[str, str] = {}
    headers = {slot.name for slot in file.slots if slot.kind is AtomKind.CLASS}
    for index, slot in enumerate(file.slots):
        own, parent = file.key(index), atom_key(file.path, slot.parent or "")
        if own in aliases:
            found[own] = aliases[own]
        elif parent in found and not (parent in aliases and slot.parent in headers):
            found[own] = found[parent]
    return found


def with_examples(
    snapshot: Snapshot, keys: Iterable[str], text: str, language: Language
) -> tuple[str, dict[str, str]]:
    """Return a file's text with the atoms' examples as functions behind it, and their names."""
    if language is not Language.PYTHON:
        return text, {}
    names: dict[str, str] = {}
    for key in keys:
        trials = [trial.source for trial in trials_in(snapshot.code(key))]
        body = "".join(source for source in trials if _parses(source))
        if body:
            name = f"{PREFIX}{len(names)}"
            names[name] = key
            text = f"{text.rstrip()}\n\n\ndef {name}():\n{textwrap.indent(body, '    ')}"
    return text, names


def _parses(source: str) -> bool:
    try:
        parse_module(source)
    except UNPARSABLE:
        return False
    return True


def _collected(edges: Iterable[Edge], wholes: Mapping[str, str]) -> dict[str, list[Edge]]:
    """Sort edges by candidate; the parts of a long answer and its examples count as itself."""
    found: dict[str, list[Edge]] = {key: [] for key in wholes.values()}
    for edge in edges:
        key = wholes.get(edge.dependent)
        target = wholes.get(edge.dependency, edge.dependency)
        if key is None or target == key:
            continue
        said = f"its examples: {edge.reason}" if PREFIX in edge.dependent else edge.reason
        found[key].append(replace(edge, dependent=key, dependency=target, reason=said))
    return found
