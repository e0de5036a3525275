"""What completeness counts, what resolves, and that every item is explained."""

from __future__ import annotations

import pytest

from atomization.context_injector import Context, build_contexts
from atomization.contexts.items import Explanation, Part
from tests.atomization.reading import project


def context(source: str, name: str = "f", path: str = "a.py", **others: str) -> Context:
    files = {path: source, **{f"{key}.py": text for key, text in others.items()}}
    return build_contexts(project(files))[f"{path}::{name}"]


def explained(found: Context) -> dict[str, tuple[str, bool]]:
    return {part.name: (part.part.value, part.resolved) for part in found.explanations}


def test_completeness_is_the_share_of_the_explained_items_that_resolve() -> None:
    found = context("import re\n\n\ndef f(a: int) -> str:\n    return re.sub(x, str(a), y)\n")
    resolved = [part for part in found.explanations if part.resolved]
    assert found.completeness == round(len(resolved) / len(found.explanations), 4)
    assert set(found.resolved) == {part.name for part in resolved}
    assert set(found.unresolved) == {"x", "y"}
    assert all(part.how for part in found.explanations)


def test_what_an_atom_binds_itself_is_not_counted() -> None:
    found = context("def f():\n    x = 1\n    for y in (x,):\n        print(y)\n")
    assert explained(found) == {"print": ("name", True)}


@pytest.mark.parametrize(
    ("head", "how"),
    [
        ("def f(a: A)", "annotation A"),
        ("def f(a=1)", "default 1"),
        ("def f(a='x')", "default 'x'"),
        ("def f(*a)", "whatever arguments there are"),
    ],
)
def test_a_parameter_of_known_type_resolves(head: str, how: str) -> None:
    found = context(f"class A: pass\n\n\n{head}:\n    print(a)\n")
    assert Explanation("a", Part.PARAMETER, True, how) in found.explanations


def test_a_docstring_tells_the_type_of_a_parameter_and_of_the_result() -> None:
    doc = '"""Do.\n\n    Args:\n        a (int): A.\n\n    Returns:\n        int: B.\n    """'
    found = context(f"def f(a):\n    {doc}\n    return a\n")
    assert {part.how for part in found.explanations} == {"docstring: int"}
    assert found.completeness == 1.0


def test_a_parameter_that_is_handed_on_needs_no_type() -> None:
    found = context("def f(a):\n    print(a)\n")
    assert explained(found)["a"] == ("parameter", True)


def test_a_parameter_that_is_looked_into_is_a_hole_at_each_attribute() -> None:
    found = context("def f(a):\n    a.b\n    a.c.d\n")
    assert explained(found) == {"a.b": ("attribute", False), "a.c": ("attribute", False)}
    assert found.explanations[0].how == "the type of a is not known, or has no b"


def test_a_parameter_that_is_called_is_a_hole() -> None:
    assert context("def f(a):\n    a()\n").unresolved == ("a",)
    assert context("def f(a: 'Missing'):\n    a()\n").unresolved == ("Missing",)


def test_a_receiver_is_known_by_its_class() -> None:
    source = "class A:\n    def f(self, x):\n        self.y = x\n\n\ndef self_(self):\n    pass\n"
    found = context(source, "A.f")
    assert explained(found)["self"] == ("parameter", True)
    assert "a.py::A" in dict(found.contracts)


@pytest.mark.parametrize(
    ("body", "resolved"),
    [
        ("return 1", True),
        ("return [x for x in ()]", True),
        ("return '%s' % g(1)", True),
        ("return 1 if a else 'x'", True),
        ("return a == 1", True),
        ("return g(1)", True),
        ("return A()", True),
        ("return a", False),
        ("return a[0]", False),
        ("yield a", False),
    ],
)
def test_a_result_without_a_type_resolves_by_what_is_handed_back(body: str, resolved: bool) -> None:
    found = context(f"class A: pass\n\n\ndef g(x: int) -> int: ...\n\n\ndef f(a):\n    {body}\n")
    assert explained(found)["return"] == ("result", resolved)


def test_a_typed_result_resolves() -> None:
    found = context("def f(a) -> int:\n    return a[0]\n")
    assert Explanation("return", Part.RESULT, True, "annotation int") in found.explanations


def test_a_result_of_nothing_is_not_counted() -> None:
    assert "return" not in explained(context("def f(a):\n    print(a)\n    return\n"))
    assert "return" not in explained(context("def f(a):\n    print(a)\n    return None\n"))


def test_one_fault_is_one_hole() -> None:
    assert context("def f(x):\n    return x.a.b.c()\n").unresolved == ("x.a",)
    assert context("def f():\n    return y.a.b.c()\n").unresolved == ("y",)


def test_an_explanation_tells_what_a_name_resolved_to() -> None:
    found = context(
        "import re\nfrom b import g\n\nX = 1\n\n\ndef f():\n    g(X, len, re.sub)\n",
        b="def g(*a): pass\n",
    )
    assert {part.name: part.how for part in found.explanations} == {
        "g": "function in b.py, by import",
        "X": "variable in a.py, by scope",
        "len": "built in",
        "re": "outside of the project: re",
        "re.sub": "outside of the project: re:sub",
    }


def test_an_import_of_what_is_not_there_is_explained() -> None:
    found = context("from b import g\n", "imports", b="def h(): pass\n")
    (part,) = found.explanations
    assert (part.part, part.resolved) == (Part.IMPORT, False)
    assert part.how == "there is no such module, or no such name in it"


def test_a_hole_tells_what_is_known_of_what_stands_in_front() -> None:
    found = context("class A: pass\n\n\ndef f(a: A):\n    a.b\n    (a or 1).c\n")
    why = {part.name: part.how for part in found.explanations if not part.resolved}
    assert why["a.b"] == "a is A, and no b of that is known"
    assert why["….c"] == "the type of what stands in front of it is not known, or has no c"


def test_a_name_whose_import_is_not_found_is_explained_by_the_import() -> None:
    found = context("from nowhere import g\n\n\ndef f():\n    g()\n")
    assert found.explanations[0].how == "not found: from nowhere import g"


def test_deleting_an_import_lowers_completeness_by_that_name() -> None:
    source = "import re\n\n\ndef f(a: str) -> bool:\n    return bool(re.match('x', a))\n"
    whole, lacking = context(source), context(source.removeprefix("import re\n\n\n"))
    assert whole.completeness == 1.0
    assert lacking.completeness < 1.0
    assert lacking.unresolved == ("re",)
    (hole,) = [part for part in lacking.explanations if not part.resolved]
    assert hole.how == "nothing in scope binds it"


def test_a_context_holds_the_declarations_of_what_comes_from_outside() -> None:
    found = context("import json\n\n\ndef f(a: str) -> object:\n    return json.loads(a).x\n")
    (signature,) = [text for name, text in found.signatures if name == "json:loads"]
    assert signature.startswith("def loads(s: str | bytes | bytearray")
    assert not [name for name, _ in found.signatures if name.startswith("builtins:")]


def test_an_inferred_type_resolves_a_parameter_and_a_result() -> None:
    source = "def f(a):\n    return a.upper()\n\n\nf('x')\n"
    found = context(source)
    assert Explanation("a", Part.PARAMETER, True, "inferred: str") in found.explanations
    assert Explanation("return", Part.RESULT, True, "inferred: str") in found.explanations
    assert found.completeness == 1.0


LONG = (
    "def f(a: int, b):\n"
    + "".join(f"    x{n} = a + {n}\n" for n in range(12))
    + "".join(f"    print(x{n})\n" for n in range(12))
    + "    return b\n"
)


def test_a_blocks_contract_shows_the_inferred_types_of_what_it_needs() -> None:
    lines = "".join(f"    use({n})\n" for n in range(14))
    source = (
        f"def f():\n    text = str(1)\n{lines}    loud = text.upper()\n{lines}    print(loud)\n\n\n"
        "def use(n: int): pass\n"
    )
    found = build_contexts(project({"a.py": source}))
    why = [part.how for key in found for part in found[key].explanations if part.name == "text"]
    assert "inferred: str" in why
    shown = [text for part in found.values() for _, text in part.contracts]
    assert any("needs: text: str" in text for text in shown)


def test_what_makes_an_instance_is_in_the_context_of_who_makes_one() -> None:
    source = (
        "class A:\n    def __init__(self, a: int):\n        pass\n\n\ndef f():\n    return A(1)\n"
    )
    assert dict(context(source).contracts)["a.py::A.__init__"] == "def __init__(self, a: int):"


def test_a_nested_function_is_known_to_the_script_around_it() -> None:
    inner = "".join(f"    use(x, {n});\n" for n in range(14))
    source = (
        f"function f(x: number) {{\n  function inner() {{\n{inner}  }}\n{inner}  inner();\n}}\n"
        "function use(a: number, b: number) {}\n"
    )
    found = build_contexts(project({"a.ts": source}))
    (block,) = [
        part for key, part in found.items() if "f#block" in key and "inner" in part.resolved
    ]
    assert "a.ts::f.inner" in dict(block.contracts)
    assert block.completeness == 1.0


def test_what_a_script_hands_on_from_another_module_is_an_import() -> None:
    files = {"a.ts": 'export { g as h } from "./b";\n', "b.ts": "export function g() {}\n"}
    assert build_contexts(project(files))["a.ts::imports"].completeness == 1.0


@pytest.mark.parametrize(
    ("source", "resolved"),
    [
        ('import * as b from "./b";\ntype f = b.T | 1;\n', {"b", "b.T"}),
        ('import * as b from "./b";\ntype f = b.U | 1;\n', {"b"}),
        ('import { T } from "./c";\ntype f = T | 1;\n', {"T"}),
        ('import { redux } from "./c";\nconst f = redux;\n', {"redux"}),
        ('import { b } from "./c";\nconst f = b;\n', {"b"}),
        ('import { missing } from "./c";\nconst f = missing;\n', set()),
    ],
)
def test_names_in_scripts_resolve_through_namespaces_and_what_modules_hand_on(
    source: str, resolved: set[str]
) -> None:
    files = {
        "a.ts": source,
        "b.ts": "export type T = number;\n",
        "c.ts": 'import * as b from "./b";\nexport { T } from "./b";\n'
        'export { redux } from "redux";\nexport { b };\n',
    }
    found = build_contexts(project(files))["a.ts::f"]
    assert set(found.resolved) == resolved
    assert bool(found.unresolved) == (found.completeness < 1.0)


def test_a_block_sees_the_function_and_the_blocks_that_it_takes_names_from() -> None:
    found = build_contexts(project({"a.py": LONG}))
    blocks = [key for key in found if "#block" in key]
    last = found[blocks[-1]]
    assert "a.py::f" in dict(last.contracts)
    assert last.completeness > 0.5
    assert {"x11", "print"} <= set(last.resolved)


def test_text_that_python_refuses_is_a_hole() -> None:
    source = 'def f(x: int) -> int:\n    print "a", gone\n\n\ndef g() -> int:\n    return 1\n'
    contexts = build_contexts(project({"a.py": source}))
    assert contexts["a.py::f"].completeness < 1
    assert contexts["a.py::f"].unresolved == ("lines 1-2",)
    assert contexts["a.py::g"].completeness == 1
