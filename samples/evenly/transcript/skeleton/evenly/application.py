"""A command line application whose commands register themselves by a decorator."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from evenly.errors import EvenlyError, pick
from evenly.loading import load_trip
from evenly.options import Options, parse_options
from evenly.trip import Trip

Action = Callable[[Trip, Options], str]


@dataclass(frozen=True)
class Application:
    """A program: its name, notes for the usage text, its commands and what they do."""

    name: str
    notes: Sequence[str] = ()
    actions: dict[str, Action] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)

    def command(self, name: str, text: str) -> Callable[[Action], Action]:
        """Give a decorator that files an action under `name` with the help `text`, unchanged.

        >>> app = Application("toy")
        >>> @app.command("hello", "say hello")
        ... def hello(trip: Trip, options: Options) -> str:
        ...     return "hello"
        >>> app.actions["hello"] is hello, app.helps
        (True, {'hello': 'say hello'})
        """

    def usage(self) -> str:
        """Give the usage text: one line, the commands in the order of registration, the notes.

        >>> print(Application("toy", ["Be kind."], {}, {"hi": "say hi", "hello": "more"}).usage())
        usage: toy COMMAND FILE [--format F]
          hi: say hi
          hello: more
        Be kind.
        """

    def call(self, options: Options) -> str:
        """Read the trip and give what the command says; UnknownName for an unknown command.

        The command is looked up before the file is read.

        >>> app = Application("toy", (), {"hello": lambda trip, options: "hello"})
        >>> app.call(Options("hallo", "x.csv", "text"))
        Traceback (most recent call last):
        ...
        evenly.errors.UnknownName: command 'hallo' is unknown: did you mean 'hello'?
        """

    def run(self, argv: Sequence[str]) -> int:
        """Run a command line and give the exit code.

        What the command says goes to standard output (0). An EvenlyError is explained on
        standard error (its exit code). Without any argument the usage text is printed (0).

        >>> Application("toy").run([])
        usage: toy COMMAND FILE [--format F]
        0
        >>> Application("toy").run(["hi"])
        2
        """
