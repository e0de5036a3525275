"""Servers and questions for the tests of the gateway."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix.llm import Prompt
from devmatrix.llm.replay_process import ReplayProcess
from tests.llm.scripted import ScriptedServer

ATOM_SCHEMA = {
    "type": "object",
    "properties": {
        "imports": {"type": "array", "items": {"type": "string"}},
        "code": {"type": "string", "minLength": 1},
    },
    "required": ["imports", "code"],
}

TRANSCRIPT = '''
note = "Written by hand for these tests."

[[answer]]
purpose = "atom"
subject = "evenly/money.py::Money.add"
imports = ["import math"]
code = """
def add(self, other):
    return other
"""

[[answer]]
purpose = "atom"
subject = "evenly/money.py::Money.add"
requires = ["expected 3", "got 2"]
code = """
def add(self, other):
    return self + other
"""

[[answer]]
purpose = "atom"
subject = "evenly/money.py::garbled"
text = "Sure! Here is the code."
'''


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server whose replies the test sets."""
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplayProcess]:
    """The replay server in its own process, without latency."""
    directory: Path = tmp_path_factory.mktemp("transcript")
    (directory / "00-note.toml").write_text(TRANSCRIPT, encoding="utf-8")
    with ReplayProcess(directory, latency=0.0) as server:
        yield server


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(
        purpose="atom",
        subject="evenly/money.py::Money.add",
        system="You write Python.",
        project="The project.",
        body="Write the method.",
        schema=ATOM_SCHEMA,
        max_tokens=2000,
    )
