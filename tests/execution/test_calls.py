"""What an answer calls, however deep inside it the call stands."""

from __future__ import annotations

from atomization.decomposer import decompose
from atomization.parser import Language
from execution.calls import edges_of
from validation.candidate import Candidate
from validation.snapshot import FileText, Piece, Snapshot

SKELETON = '''\
def pick(name):
    """Pick."""
    raise NotImplementedError


def known(what):
    """Decorate.

    >>> spell("cat")
    """
    raise NotImplementedError


def spell(name):
    """Spell."""
    raise NotImplementedError
'''
ANSWER = '''

def known(what):
    """Decorate.

    >>> spell("cat")
    """

    def decorate(function):
        @functools.wraps(function)
        def checked(name):
            pick(what)
            return function(name)

        return checked

    return decorate
'''


def reasons() -> dict[str, str]:
    slots = decompose(SKELETON.encode(), Language.PYTHON)
    pieces = tuple(Piece(slot.name, slot.code) for slot in slots)
    snapshot = Snapshot({"a.py": FileText(Language.PYTHON, pieces)}, {})
    skeleton = next(slot.code for slot in slots if slot.name == "known")
    candidate = Candidate("a.py::known", ANSWER, skeleton, Language.PYTHON)
    return {edge.dependency: edge.reason for edge in edges_of(snapshot, [candidate])[candidate.key]}


def test_a_call_in_a_nested_function_is_a_call_of_the_answer() -> None:
    assert reasons()["a.py::pick"] == "calls pick"


def test_a_call_in_an_example_says_so() -> None:
    assert reasons()["a.py::spell"] == "its examples: calls spell"


def test_the_parts_of_an_answer_are_not_its_callees() -> None:
    assert set(reasons()) == {"a.py::pick", "a.py::spell"}
