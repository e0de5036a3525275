"""Our complexity of functions beside radon's and eslint's: ``python benchmarks/complexity.py``.

Takes ROOT as ``atomize.py`` does. Prints for each corpus how many functions agree and, for those
that do not, why: what the function holds that the two count differently. Functions are compared
by where they start, each without the functions inside it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import tree_sitter

from atomization.complexity import FunctionComplexity, functions_complexity
from atomization.parser import Language, query
from atomization.reading import Reading, read
from benchmarks.contenders import BENCH, HERE
from benchmarks.corpora import DEFAULT_ROOT, SourceFile, corpora_of

EXAMPLES: Final = 3
Answer = dict[str, list[tuple[str, int, int, int]]]
_ESLINT: Final = BENCH / "eslint"
_RADON: Final = BENCH / "radon" / "bin" / "python"
_CAUSES: Final = """
(case_clause guard: (if_clause)) @guard
(except_clause "*") @except_star
"""


@dataclass(slots=True)
class Agreement:
    """How many functions agree, and the others by cause."""

    same: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    refused: int = 0

    def note(self, cause: str, example: str) -> None:
        """Count a function that differs."""
        self.causes[cause] += 1
        self.examples.setdefault(cause, []).append(example)

    def told(self) -> Iterator[str]:
        """Tell the figures."""
        total = self.same + self.causes.total()
        share = self.same / total if total else 1.0
        refused = f", {self.refused} files refused by the peer" if self.refused else ""
        yield f"{self.same:,} of {total:,} functions agree: {share:.3%}{refused}"
        for cause, count in self.causes.most_common():
            yield f"    {count} for {cause}: {'; '.join(self.examples[cause][:EXAMPLES])}"


def main() -> None:
    """Print the agreement for each corpus."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_ROOT
    if not _RADON.exists() or not (_ESLINT / "node_modules").exists():
        sys.exit("radon or eslint is missing: run benchmarks/peers/install.sh")
    for corpus in corpora_of(root):
        python = [file for file in corpus.files if file.language is Language.PYTHON]
        script = [file for file in corpus.files if file.language is not Language.PYTHON]
        for peer, files in (("radon", python), ("eslint", script)):
            if files:
                print(f"{corpus.name}, {peer}: " + "\n".join(_compared(peer, files).told()))


def _compared(peer: str, files: Sequence[SourceFile]) -> Agreement:
    found = Agreement()
    for file, answer in zip(files, _answers(peer, files), strict=True):
        if "error" in answer:
            found.refused += 1
            continue
        reading = read(file.path.read_bytes(), file.language)
        ours = {(one.line, one.column): one for one in functions_complexity(reading)}
        for name, line, column, complexity in answer["functions"]:
            one = ours.pop((line, column), None)
            if one is not None and one.complexity == complexity:
                found.same += 1
            else:
                found.note(_cause(reading, one), f"{file.path.name}:{line} {name} {complexity}")
        for one in ours.values():
            found.note("the peer has no such function", f"{file.path.name}:{one.line} {one.name}")
    return found


def _answers(
    peer: str, files: Sequence[SourceFile]
) -> list[dict[str, list[tuple[str, int, int, int]]]]:
    """Ask a peer for the functions of files."""
    command = [str(_RADON), str(HERE / "peers" / "radon_functions.py")]
    if peer == "eslint":
        command = ["node", str(HERE / "peers" / "eslint" / "functions.mjs")]
    done = subprocess.run(
        command,
        input="".join(f"{file.path}\n" for file in files),
        cwd=_ESLINT if peer == "eslint" else HERE,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _cause(reading: Reading, ours: FunctionComplexity | None) -> str:
    """Say what in a function is counted differently."""
    if ours is None:
        return "we have no such function"
    if reading.language is Language.PYTHON:
        root = reading.tree.root_node
        node = root.descendant_for_point_range(
            (ours.line - 1, ours.column), (ours.line - 1, ours.column + 1)
        )
        while node is not None and node.type != "function_definition":
            node = node.parent
        held = _held(node) if node is not None else set()
        for cause in ("except*", "guard"):
            if cause in held:
                return f"{cause}, which radon does not count"
    return f"other reasons, such as one counted {ours.complexity} by us"


def _held(node: tree_sitter.Node) -> set[str]:
    """Tell which of the known differences stand in a function."""
    names = {"guard": "guard", "except_star": "except*"}
    cursor = tree_sitter.QueryCursor(query(Language.PYTHON, _CAUSES))
    return {names[name] for name in cursor.captures(node)}


if __name__ == "__main__":
    main()
