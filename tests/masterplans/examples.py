"""A tiny project, `tally`, as the plain data that a model would answer with."""

from __future__ import annotations

import copy
from typing import Any

SPECIFICATION = """\
# Tally

Counts the words of a text given on standard input.

## Acceptance criteria

- AC1: for the input `a b a` it prints `a 2`, then `b 1`.
"""

DISCOVERY: dict[str, Any] = {
    "domain": "word counting",
    "summary": "Counts words.",
    "bounded_contexts": [{"name": "Counting", "description": "words and their numbers"}],
    "aggregates": [],
    "value_objects": [{"name": "Count", "description": "a word and how often it occurs"}],
    "domain_events": [],
    "services": [],
    "assumptions": ["Words are separated by white space."],
    "open_questions": [],
    "risks": ["order of equal counts"],
}

PLAN: dict[str, Any] = {
    "description": "A word counter.",
    "architecture_style": "library with a command line",
    "tech_stack": {"languages": ["python"], "dependencies": []},
    "phases": [
        {
            "name": "Ground",
            "kind": "setup",
            "milestones": [
                {
                    "name": "It can be imported",
                    "description": "",
                    "tasks": [
                        {
                            "key": "package",
                            "name": "Package",
                            "description": "The package.",
                            "complexity": "low",
                            "target_files": ["tally/__init__.py"],
                            "acceptance_criteria": [],
                            "depends_on": [],
                        }
                    ],
                }
            ],
        },
        {
            "name": "Program",
            "kind": "core",
            "milestones": [
                {
                    "name": "It counts",
                    "description": "",
                    "tasks": [
                        {
                            "key": "count",
                            "name": "Counting",
                            "description": "count(text) -> dict of words.",
                            "complexity": "medium",
                            "target_files": ["tally/count.py"],
                            "acceptance_criteria": ["AC1"],
                            "depends_on": ["package"],
                        },
                        {
                            "key": "cli",
                            "name": "Command line",
                            "description": "main() prints the counts.",
                            "complexity": "low",
                            "target_files": ["tally/__main__.py"],
                            "acceptance_criteria": ["AC1"],
                            "depends_on": ["count"],
                        },
                    ],
                }
            ],
        },
    ],
    "acceptance_criteria": [
        {
            "id": "AC1",
            "text": "Words are counted.",
            "scenario": {
                "files": [],
                "argv": ["python", "-m", "tally"],
                "stdin": "a b a",
                "stdout": "a 2\nb 1\n",
                "exit_code": 0,
            },
        }
    ],
}

COUNT_SKELETON = '''\
"""Counts words."""


def count(text: str) -> dict[str, int]:
    """How often each word occurs, in order of first occurrence.

    >>> count("a b a")
    {'a': 2, 'b': 1}
    """
'''

MAIN_SKELETON = '''\
"""The command line."""


def main() -> None:
    """Print the counts of standard input."""
'''

COUNT_TESTS = '''\
"""Counting."""

from tally.count import count


def test_an_empty_text_has_no_words() -> None:
    assert count("") == {}
'''

MAIN_TESTS = '''\
"""The command line."""

from tally.__main__ import main


def test_main_can_be_called() -> None:
    assert callable(main)
'''


def plan_data() -> dict[str, Any]:
    """A copy of PLAN to be changed."""
    return copy.deepcopy(PLAN)


def task_of(plan: dict[str, Any], key: str) -> dict[str, Any]:
    """The task with this key inside plain plan data."""
    tasks = [
        task
        for phase in plan["phases"]
        for milestone in phase["milestones"]
        for task in milestone["tasks"]
    ]
    return next(task for task in tasks if task["key"] == key)
