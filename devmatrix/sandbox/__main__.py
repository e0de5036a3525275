"""`python -m devmatrix.sandbox doctor`: what this machine can do for isolation, in plain lines."""

from __future__ import annotations

import argparse
import sys

from devmatrix.sandbox.doctor import doctor


def main(arguments: list[str] | None = None) -> int:
    """Print the report; return 0 if generated code can be run here, else 1."""
    parser = argparse.ArgumentParser(prog="python -m devmatrix.sandbox")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("doctor", help="say what is available and what is missing")
    check.add_argument("--bubblewrap", help="another bwrap program")
    options = parser.parse_args(arguments)
    report = doctor(bubblewrap=options.bubblewrap)
    lines = [
        f"sandbox:     {'ready' if report.ok else 'not usable'}",
        f"mode:        {report.mode}",
        f"interpreter: {report.interpreter or '-'}",
        f"user:        {report.user or '-'}",
        *(f"problem:     {problem}" for problem in report.problems),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
