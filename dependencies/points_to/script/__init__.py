"""Which function a call in a script reaches: points-to analysis of JavaScript and TypeScript.

``lowering`` reads one file into constraints (``handlers`` and the modules that it names say what
each kind of syntax means, ``flow`` which value a local variable holds where); ``linking`` ties
modules together. ``machine`` and ``heap`` say what calls and members mean, ``calling``,
``members``, ``iterating`` and ``builtins`` are the constraints that ask them. ``naming`` writes
the result as ``--calls`` does, ``chains`` tells why a call reaches its callee.
"""

from __future__ import annotations

from dependencies.points_to.script.calls import ScriptCalls, script_calls
from dependencies.points_to.script.model import CONFIDENCE, Callee, How, ScriptCall, ScriptProblem
from dependencies.points_to.script.naming import callgraph

__all__ = [
    "CONFIDENCE",
    "Callee",
    "How",
    "ScriptCall",
    "ScriptCalls",
    "ScriptProblem",
    "callgraph",
    "script_calls",
]
