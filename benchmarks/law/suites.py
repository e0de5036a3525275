"""The packages of the law, and their own test suites, run in the sandbox: the code is foreign."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devmatrix.sandbox import Limits, Outcome, run

_LIMITS: Final = Limits(
    wall_seconds=300, cpu_seconds=300, memory_mb=2048, processes=128, disk_mb=256, inodes=50_000
)
_INI: Final = b"[pytest]\ndoctest_optionflags = ALLOW_UNICODE NORMALIZE_WHITESPACE ELLIPSIS\n"
_COUNTS: Final = re.compile(r"(\d+) (passed|failed|error|errors|skipped|xfailed)")


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its release, which of its files are rewritten, and what pytest is given."""

    name: str
    version: str
    sources: str
    tests: tuple[str, ...]
    path: str = ""


PACKAGES: Final = (
    Package("toolz", "1.2.0", "toolz/", ("toolz", "--doctest-modules")),
    Package("boltons", "26.2.0", "boltons/", ("tests", "boltons", "--doctest-modules")),
    Package("cachetools", "8.0.1", "src/cachetools/", ("tests",), "src"),
)
MORE: Final = (
    Package("more_itertools", "11.2.1", "more_itertools/", ("tests",)),
    Package("h11", "0.16.0", "h11/", ("h11",)),
    Package("attrs", "26.1.0", "src/attr/", ("tests",), "src"),
)
"""Beyond the three that were promised."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a suite said: how many tests passed, failed and broke, and its last lines."""

    passed: int
    failed: int
    text: str

    @property
    def whole(self) -> bool:
        """Tell whether everything passed."""
        return self.passed > 0 and not self.failed

    def holds(self, before: Verdict) -> bool:
        """Tell whether as much passes, and no more fails, as before."""
        return self.passed >= before.passed > 0 and self.failed <= before.failed

    def __str__(self) -> str:
        """Show the counts."""
        return f"{self.passed} passed" + (f", {self.failed} failed" if self.failed else "")


def fetch(package: Package, root: Path) -> dict[str, bytes]:
    """Download a release (once) and give its files by path; raises CalledProcessError."""
    folder = f"{package.name}-{package.version}"
    archive = root / f"{folder}.tar.gz"
    if not archive.exists():
        root.mkdir(parents=True, exist_ok=True)
        wanted = f"{package.name}=={package.version}"
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:"]
        subprocess.run([*command, "--no-deps", "-d", str(root), wanted], check=True)
    files = {}
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            content = tar.extractfile(member) if member.isfile() else None
            name = member.name.partition("/")[2]
            if content is not None and not name.startswith("docs/"):
                files[name] = content.read()
    return files


def rewritable(package: Package, path: str) -> bool:
    """Tell whether a file is one of the package's own sources, and no test of it."""
    return path.startswith(package.sources) and path.endswith(".py") and "/tests/" not in path


def run_suite(package: Package, files: Mapping[str, bytes], *, first: bool = False) -> Verdict:
    """Run a package's tests over these files; ``first`` stops at the first failure."""
    argv = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
    argv += [*(["-x"] if first else []), *package.tests]
    ini = ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml")
    kept = {path: data for path, data in files.items() if path not in ini}
    kept["pytest.ini"] = _INI
    env = {"PYTHONPATH": f"/work/{package.path}".rstrip("/")}
    result = run(argv, files=kept, packages=True, limits=_LIMITS, env=env)
    text = result.stdout.decode("utf-8", "replace")
    counts = {"passed": 0, "failed": 0}
    for number, word in _COUNTS.findall(text.rstrip().rsplit("\n", 1)[-1]):
        counts["passed" if word == "passed" else "failed"] += int(number) * (
            word in ("passed", "failed", "error", "errors")
        )
    if result.outcome is not Outcome.OK and not counts["failed"]:
        counts["failed"] = 1
        text += f"\n{result.outcome}: {result.reason}\n" + result.stderr.decode("utf-8", "replace")
    return Verdict(counts["passed"], counts["failed"], text[-6000:])
