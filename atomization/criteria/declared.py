"""Whether an effect is declared: by the protocol, the name, the docstring, or giving no result."""

from __future__ import annotations

import re
from typing import Final

from atomization.criteria.subject import CONSTRUCTORS, Subject
from atomization.pieces import AtomKind

NO_RESULT: Final = frozenset({"", "None", "void", "undefined", "never", "NoReturn"})
_ACTS: Final = (
    "acquire activate add advance append apply assign attach bind clear close commit configure "
    "connect copy create deactivate decrement delete detach disable disconnect discard dispatch "
    "download drop dump echo emit enable ensure enter exec execute exit extend fetch fill flush "
    "increment init initialise initialize input insert install invalidate kill launch load lock "
    "mark migrate modify move mutate notify open patch persist pop populate post print prompt "
    "publish push put quit raise read rebind refresh register release remove rename replace reset "
    "restore reverse rollback run save seed send set setup shuffle shutdown sleep sort start stop "
    "store submit subscribe swap sync teardown touch trigger truncate undo uninstall unlink unlock "
    "unregister unset unsubscribe update upload wait warn write"
)
_VERB: Final = rf"(?:{'|'.join(_ACTS.split())})"
_WORD: Final = re.compile(rf"{_VERB}(?:e?s|d|ed|ing)?", re.IGNORECASE)
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_TOLD: Final = re.compile(
    rf"(?:^|[.;:,(]\s+|\b(?:and|or|then|to|will|also|it)\s+)(?:{_VERB}|change|log|call)(?:e?s)?\b"
    r"|\bin[ -]place\b|\bside.effects?\b",
    re.IGNORECASE | re.MULTILINE,
)
_PROTOCOL: Final = frozenset(
    {
        "__setattr__",
        "__delattr__",
        "__setitem__",
        "__delitem__",
        "__set__",
        "__delete__",
        "__enter__",
        "__exit__",
        "__aenter__",
        "__aexit__",
        "__del__",
        "__iadd__",
        "__isub__",
        "__ior__",
        "__iand__",
        "__next__",
        "tearDown",
        "tearDownClass",
        "__anext__",
    }
)


def declaration(subject: Subject, *, strong: bool) -> str:
    """Say what declares the effects of an atom; nothing where nothing does.

    A ``strong`` effect reaches out of the program or into what others share: that a function gives
    no result, or that a block's contract lists what it changes, does not tell of it.
    """
    own, slot = subject.own_name, subject.slot
    if own in _PROTOCOL or own in CONSTRUCTORS:
        return "the protocol that it implements"
    if any(mark.endswith((".setter", ".deleter")) for mark in slot.decorators):
        return "being a setter"
    if any(_WORD.fullmatch(word) for word in _WORDS.findall(own)[:2]):
        return "its name"
    if _TOLD.search(slot.docstring.strip()) or _TOLD.search(_around(subject)):
        return "its docstring"
    if strong:
        return ""
    if slot.kind is AtomKind.BLOCK:
        return "its contract"
    facts = subject.facts
    gives = facts.values or facts.yields or subject.contract.returns not in NO_RESULT
    return "" if gives else "giving no result"


def _around(subject: Subject) -> str:
    """Give the contract of the function that a block is a part of."""
    if subject.slot.kind is not AtomKind.BLOCK or subject.slot.parent is None:
        return ""
    ending = f"::{subject.slot.parent}"
    found = (text for key, text in subject.context.contracts if key.endswith(ending))
    return re.sub(r'"""', " ", next(found, "")).replace("    ", "")
