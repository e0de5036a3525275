"""The packages whose own test suites are traced: pinned releases, fetched once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PLACE: Final = ROOT / "var" / "bench" / "traces"


@dataclass(frozen=True, slots=True)
class Package:
    """A release: the folder its modules are named in, its package below that, and its tests.

    ``held_out`` keeps it from the lists of misses, so that one figure comes from code that nobody
    looked at.
    """

    name: str
    version: str
    package: str
    path: str = ""
    tests: tuple[str, ...] = ("tests",)
    held_out: bool = False

    @property
    def folder(self) -> str:
        """The name of the unpacked release."""
        return f"{self.name}-{self.version}"

    @property
    def unpacked(self) -> Path:
        """Where the whole release is."""
        return PLACE / "releases" / self.folder

    @property
    def sources(self) -> Path:
        """Where the package is without its tests: what the tools are given."""
        return PLACE / "sources" / self.folder

    @property
    def trace(self) -> Path:
        """Where its trace is kept."""
        return PLACE / f"{self.folder}.json"


LEFT_OUT: Final = ("/tests/", "/test/", "/conftest.py", "/_vendor/", "/__pyinstaller/")

_NO_SERVER: Final = "--ignore=tests/test_serving.py"
_NO_OTHER_PROFILER: Final = "--ignore=tests/middleware/test_profiler.py"
_WERKZEUG: Final = ("tests", _NO_SERVER, _NO_OTHER_PROFILER)

PACKAGES: Final = (
    Package("toolz", "1.2.0", "toolz", tests=("toolz", "--doctest-modules")),
    Package("boltons", "26.2.0", "boltons", tests=("tests", "boltons", "--doctest-modules")),
    Package("cachetools", "8.0.1", "cachetools", "src"),
    Package("h11", "0.16.0", "h11", tests=("h11",)),
    Package("click", "8.5.1", "click", "src", tests=("tests", "-m", "not stress")),
    Package("jinja2", "3.1.6", "jinja2", "src"),
    Package("marshmallow", "4.4.0", "marshmallow", "src"),
    Package("parso", "0.8.7", "parso", tests=("test",)),
    Package("tomlkit", "0.15.2", "tomlkit"),
    Package("transitions", "0.9.3", "transitions"),
    Package("more_itertools", "11.2.1", "more_itertools", held_out=True),
    Package("attrs", "26.1.0", "attr", "src", held_out=True),
    Package("werkzeug", "3.1.9", "werkzeug", "src", tests=_WERKZEUG, held_out=True),
    Package("lark", "1.3.1", "lark", tests=("tests/__main__.py",), held_out=True),
    Package("mistune", "3.4.0", "mistune", "src", held_out=True),
    Package("sqlparse", "0.6.1", "sqlparse", held_out=True),
    Package("markdown", "3.11.3", "markdown", held_out=True),
    Package("wtforms", "3.3.2", "wtforms", "src", held_out=True),
    Package(
        "voluptuous", "0.16.0", "voluptuous", tests=("voluptuous/tests/tests.py",), held_out=True
    ),
    Package("tinydb", "4.9.0", "tinydb", held_out=True),
)


def package_named(name: str) -> Package:
    """Find a package of the list; raises KeyError."""
    return {package.name: package for package in PACKAGES}[name]


def fetch(package: Package) -> None:
    """Download and unpack a release, and copy its sources; raises CalledProcessError, OSError."""
    if not package.unpacked.exists():
        archives = PLACE / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        archive = archives / f"{package.folder}.tar.gz"
        if not archive.exists():
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
            command += ["--no-binary", package.name, "-d", str(archives)]
            subprocess.run([*command, f"{package.name}=={package.version}"], check=True)
        with tarfile.open(archive) as packed:
            packed.extractall(package.unpacked.parent, filter="data")
    if not package.sources.exists():
        _copy(package)


def _copy(package: Package) -> None:
    top = package.unpacked / package.path
    for path in sorted((top / package.package).rglob("*.py")):
        below = path.relative_to(top)
        if not is_left_out(f"/{below.as_posix()}"):
            target = package.sources / below
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def is_left_out(path: str) -> bool:
    """Tell whether a file of a package is none of its sources: a test, or another's code."""
    return any(part in path for part in LEFT_OUT)
