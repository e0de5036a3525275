"""The sources that the benchmarks run over: ``python benchmarks/corpora.py [ROOT]`` fetches them.

ROOT holds a directory (or a symbolic link to one) for every corpus: CPython's ``Lib`` and Django as
installed beside the running Python, and the sources of the npm packages below at fixed versions.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomization.parser import Language, language_of

DEFAULT_ROOT: Final = Path(__file__).resolve().parents[1] / "var" / "corpora"
NPM_PACKAGES: Final = {
    "zod": "4.6.7",
    "rxjs": "7.8.2",
    "@reduxjs/toolkit": "2.14.0",
    "three": "0.187.0",
}
_SKIPPED: Final = frozenset({"site-packages", "dist-packages", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a corpus and the language it is written in."""

    path: Path
    language: Language


@dataclass(frozen=True, slots=True)
class Corpus:
    """One directory of sources, its files in the order of their paths."""

    name: str
    files: tuple[SourceFile, ...]


def corpora_of(root: Path) -> list[Corpus]:
    """List the corpora in ROOT; a directory that holds only files is one corpus itself."""
    folders = sorted(path for path in root.iterdir() if path.is_dir())
    found = [Corpus(path.name, tuple(_files(path))) for path in folders or [root]]
    return [corpus for corpus in found if corpus.files]


def fetch(root: Path) -> None:
    """Fill ROOT; what is there already is left alone. Raises OSError, CalledProcessError."""
    root.mkdir(parents=True, exist_ok=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    _link(Path(sysconfig.get_path("stdlib")), root / f"cpython-{version}-lib")
    spec = importlib.util.find_spec("django")
    if spec is not None and spec.origin is not None:
        _link(Path(spec.origin).parent, root / "django")
    for name, pinned in NPM_PACKAGES.items():
        _unpack(name, pinned, root / f"{name.strip('@').replace('/', '-')}-{pinned}")


def _files(folder: Path) -> Iterator[SourceFile]:
    for directory, names, files in os.walk(folder.resolve()):
        names[:] = sorted(set(names) - _SKIPPED)
        for name in sorted(files):
            language = language_of(name)
            if language is not None:
                yield SourceFile(Path(directory, name), language)


def _link(target: Path, link: Path) -> None:
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(target.resolve(), target_is_directory=True)


def _unpack(name: str, version: str, folder: Path) -> None:
    """Put the ``src`` of an npm package into a folder."""
    if folder.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is needed to fetch the packages: install Node.js")
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        subprocess.run(
            [npm, "pack", f"{name}@{version}", "--silent", "--pack-destination", scratch],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(scratch, filter="data")
        (source,) = Path(scratch).glob("*/src")
        source.rename(folder)


if __name__ == "__main__":
    arguments = ArgumentParser(description="Fetch the sources that the benchmarks run over.")
    arguments.add_argument("root", nargs="?", type=Path, default=DEFAULT_ROOT, metavar="ROOT")
    chosen = arguments.parse_args().root
    fetch(chosen)
    for corpus in corpora_of(chosen):
        print(f"{corpus.name}: {len(corpus.files)} files")
