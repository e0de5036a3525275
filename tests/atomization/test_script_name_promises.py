"""What a name of a script means, promise by promise: the slot that each use leads to."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from atomization.names import Reference, references_of
from tests.atomization.reading import project

PAD = "  work();\n" * 7


def leads(
    sources: Mapping[str, str],
    text: str,
    path: str = "",
    configs: Mapping[str, bytes] | None = None,
) -> list[str]:
    """Spell what each use of a text leads to: ``path:slot`` at last, or its outcome."""
    files = project(sources)
    slots = {file.path: file.slots for file in files}
    wanted = path or files[0].path
    answers = references_of(files, configs=configs or {})
    answer = next(one for one in answers if one.file.path == wanted)

    def spelt(use: Reference) -> str:
        if not use.targets:
            return use.outcome.value
        last = use.targets[-1]
        return f"{last.path}:{slots[last.path][last.slot].name}"

    return [spelt(use) for use in answer.references if use.text == text]


def lead(sources: Mapping[str, str] | str, text: str, path: str = "a.ts") -> str:
    """Spell what the last use of a text leads to."""
    files = {path: sources} if isinstance(sources, str) else dict(sources)
    found = leads(files, text, path)
    assert found, "no such use"
    return found[-1]


# -- hoisting and blocks ------------------------------------------------------------------------


def test_a_function_is_there_before_its_declaration() -> None:
    assert lead("later();\n\nfunction later() {}\n", "later") == "a.ts:later"


def test_var_belongs_to_the_function_and_let_to_the_block() -> None:
    source = "const x = 1;\n\nfunction f() {\n  if (a) {\n    %s x = 2;\n  }\n  return x;\n}\n"
    assert lead(source % "let", "x") == "a.ts:x"
    assert lead(source % "var", "x") == "a.ts:f"


def test_var_in_a_block_of_the_module_is_a_name_of_the_module() -> None:
    assert lead("if (a) {\n  var x = 1;\n}\n\nfunction f() { return x; }\n", "x").startswith(
        "a.ts:"
    )
    assert lead("if (a) {\n  let x = 1;\n}\n\nfunction f() { return x; }\n", "x") == "unresolved"


@pytest.mark.parametrize(
    "body",
    [
        "for (const x of xs) { use(x); }",
        "for (let x = 0; x < 1; ) { use(x); }",
        "for (const x in y) use(x);",
        "try {} catch (x) { use(x); }",
        "switch (y) { case 1: let x = 1; use(x); }",
        "{ class x {} use(x); }",
        "{ use(x); function x() {} }",
        "const { a: { b: [x] } } = y; use(x);",
        "const [, ...x] = y; use(x);",
        "((x = 1) => use(x))();",
        "(function x() { use(x); })();",
        "(class x { m() { use(x); } });",
    ],
)
def test_inner_names_hide_those_of_the_module(body: str) -> None:
    source = f"const x = 1;\n\nfunction f(y) {{\n  {body}\n}}\n"
    assert lead(source, "x") == "a.ts:f"


def test_using_declares_like_const() -> None:
    source = "const x = 1;\n\nfunction f(y) {\n  using x = y;\n  use(x);\n}\n"
    assert lead(source, "x", "a.js") == "a.js:f"


def test_a_default_sees_the_parameters_before_it_and_not_the_body() -> None:
    source = "const b = 1;\n\nfunction f(a, c = a + b) {\n  const b = 2;\n  return c;\n}\n"
    assert leads({"a.ts": source}, "a") == ["a.ts:f"]


def test_labels_are_no_names() -> None:
    assert leads({"a.ts": "const x = 1;\n\nx: for (;;) { break x; continue x; }\n"}, "x") == []


def test_a_function_inside_a_function_is_found_in_its_own_slot() -> None:
    source = (
        f"function outer() {{\n  function helper() {{\n{PAD}    return 1;\n  }}\n{PAD}{PAD}"
        "  return helper();\n}\n"
    )
    assert "helper" in lead(source, "helper")


def test_property_names_and_keys_are_no_uses() -> None:
    source = "const x = 1;\n\nconst y = { x: 2, z() {} }.x;\nclass C { x = 1; }\n"
    assert leads({"a.ts": source}, "x") == []


# -- namespaces, merging ------------------------------------------------------------------------


def test_names_of_a_namespace_are_shared_among_its_parts() -> None:
    source = (
        "namespace N {\n  export const a = 1;\n}\n\nnamespace N {\n  export const b = a;\n}\n\n"
        "N.a;\n"
    )
    assert leads({"a.ts": source}, "a") == leads({"a.ts": source}, "N.a")


def test_names_that_a_namespace_does_not_export_stay_in_their_part() -> None:
    source = "namespace N {\n  const a = 1;\n}\n\nnamespace N {\n  export const b = a;\n}\n"
    assert lead(source, "a") == "unresolved"


def test_an_alias_of_a_namespace_leads_into_it() -> None:
    source = (
        f"namespace N.M {{\n  export function f() {{\n{PAD}  }}\n\n  export function g() {{\n{PAD}"
        "  }\n}\n\nimport short = N.M;\n\nshort.f();\n"
    )
    assert lead(source, "short.f") == "a.ts:N.M.f"


@pytest.mark.parametrize(
    "source",
    [
        "function x() {}\n\nnamespace x {\n  export const a = 1;\n}\n\nx;\n",
        "enum x { A }\n\nfunction f() {}\n\nenum x { B = 1 }\n\nx;\n",
        "class x {}\n\ninterface x { a: 1 }\n\nx;\n",
        "interface x { a: 1 }\n\nfunction f() {}\n\ninterface x { b: 1 }\n\nlet y: x;\n",
    ],
)
def test_declarations_merge(source: str) -> None:
    (answer,) = references_of(project({"a.ts": source}))
    uses = [use for use in answer.references if use.text == "x"]
    assert len(uses[-1].targets) == 2


def test_an_augmentation_of_a_module_is_part_of_what_it_adds_to() -> None:
    sources = {
        "a.ts": 'import { Box } from "./b";\nimport "./more";\n\nlet box: Box;\n',
        "b.ts": "export interface Box { a: 1 }\n",
        "more.ts": 'export {};\n\ndeclare module "./b" {\n  interface Box { more: 1 }\n}\n',
    }
    answer = references_of(project(sources))[0]
    (use,) = [use for use in answer.references if use.text == "Box"]
    assert {target.path for target in use.targets} == {"a.ts", "b.ts", "more.ts"}


def test_what_is_declared_globally_is_known_everywhere() -> None:
    sources = {
        "a.ts": "export const x = version;\nexport let y: Settings;\n",
        "b.ts": "export {};\n\ndeclare global {\n  const version: string;\n}\n",
        "c.d.ts": "interface Settings { a: 1 }\n",
    }
    assert lead(sources, "version").startswith("b.ts:")
    assert lead(sources, "Settings") == "c.d.ts:Settings"


# -- modules ------------------------------------------------------------------------------------

MODULES = {
    "m/one.ts": (
        "export function f() {}\n\nexport class C {}\n\nexport const { p, q: [r] } = f();\n\n"
        "export type T = 1;\n\nexport default function () {}\n"
    ),
    "m/two.ts": (
        'import { f as inner } from "./one";\n\nconst own = 1;\n\n'
        "export { inner as g, own as default };\n"
    ),
    "m/three.ts": 'export { default } from "./two";\nexport { default as Two } from "./two";\n',
    "m/index.ts": (
        'export * from "./one";\nexport * from "./two";\nexport * as three from "./three";\n'
        'import * as one from "./one";\nexport { one };\n\nexport const f = "mine";\n'
    ),
    "m/view.tsx": "export function View() { return 1; }\n\nexport default class Page {}\n",
}


@pytest.mark.parametrize(
    ("statement", "use", "expected"),
    [
        ('import { C } from "./m/one";', "C", "m/one.ts:C"),
        ('import { p } from "./m/one";', "p", "m/one.ts:{ p, q: [r] }"),
        ('import { r } from "./m/one";', "r", "m/one.ts:{ p, q: [r] }"),
        ('import type { T } from "./m/one";', "T", "m/one.ts:T"),
        ('import { type T } from "./m/one";', "T", "m/one.ts:T"),
        ('import d from "./m/one";', "d", "m/one.ts:default"),
        ('import d from "./m/two";', "d", "m/two.ts:own"),
        ('import { default as d } from "./m/two";', "d", "m/two.ts:own"),
        ('import { g } from "./m/two";', "g", "m/one.ts:f"),
        ('import d from "./m/three";', "d", "m/two.ts:own"),
        ('import { Two } from "./m/three";', "Two", "m/two.ts:own"),
        ('import { g } from "./m";', "g", "m/one.ts:f"),
        ('import { f } from "./m";', "f", "m/index.ts:f"),
        ('import { C } from "./m/index.js";', "C", "m/one.ts:C"),
        ('import { three } from "./m";', "three.Two", "m/two.ts:own"),
        ('import * as m from "./m";', "m.three.Two", "m/two.ts:own"),
        ('import { one } from "./m";', "one.C", "m/one.ts:C"),
        ('import * as m from "./m";', "m.one.f", "m/one.ts:f"),
        ('import d, * as m from "./m/two";', "m.g", "m/one.ts:f"),
        ('import * as m from "./m/two";', "m.default", "m/two.ts:own"),
        ('import x = require("./m/one");', "x.C", "m/one.ts:C"),
        ('const x = await import("./m/one");', "x.C", "m/one.ts:C"),
        ('const { C } = await import("./m/one");', "C", "m/one.ts:C"),
        ('const { default: d } = await import("./m/two");', "d", "m/two.ts:own"),
        ('const x = require("./m/one");', "x.C", "m/one.ts:C"),
        ('const { C: D } = require("./m/one");', "D", "m/one.ts:C"),
        ('const D = require("./m/one").C;', "D", "m/one.ts:C"),
        ('const D = (await import("./m/one")).C;', "D", "m/one.ts:C"),
    ],
)
def test_an_import_leads_to_the_declaration(statement: str, use: str, expected: str) -> None:
    assert lead({"a.ts": f"{statement}\n\nuse({use});\n", **MODULES}, use) == expected


def test_a_star_does_not_hand_on_the_default() -> None:
    assert lead({"a.ts": 'import d from "./m";\n\nuse(d);\n', **MODULES}, "d") == "unresolved"


@pytest.mark.parametrize(
    ("call", "use"),
    [
        ('import("./m/one").then((m) => m.C);', "m.C"),
        ('import("./m/one").then(m => m.C);', "m.C"),
        ('import("./m/one").then(({ C }) => new C());', "C"),
        ('import("./m/one").then(function ({ C: D }) { return new D(); });', "D"),
        ('async function g() { const m = await import("./m/one"); return m.C; }', "m.C"),
        ('async function g() { return (await import("./m/one")).C; }', "./m/one:C"),
        ('const c = require("./m/one").C.name;', "./m/one:C"),
    ],
)
def test_an_import_by_call_leads_to_the_declaration(call: str, use: str) -> None:
    assert lead({"a.ts": call + "\n", **MODULES}, use) == "m/one.ts:C"


def test_components_lead_to_what_renders_them() -> None:
    source = (
        'import Page, { View } from "./m/view";\nimport * as ui from "./m/view";\n\n'
        "export const v = <Page><View a={1} /><ui.View></ui.View></Page>;\n"
    )
    sources = {"a.tsx": source, **MODULES}
    assert lead(sources, "Page", "a.tsx") == "m/view.tsx:Page"
    assert lead(sources, "View", "a.tsx") == "m/view.tsx:View"
    assert lead(sources, "ui.View", "a.tsx") == "m/view.tsx:View"


def test_packages_and_paths_of_the_project_are_followed() -> None:
    configs = {
        "tsconfig.json": {"compilerOptions": {"paths": {"~/*": ["./m/*"]}}},
        "package.json": {"name": "me", "imports": {"#two": "./m/two.ts"}, "exports": "./m/one.ts"},
    }
    written = {path: json.dumps(config).encode() for path, config in configs.items()}
    source = (
        'import { C } from "~/one";\nimport { g } from "#two";\nimport { f } from "me";\n\n'
        "use(C, g, f);\n"
    )
    files = {"a.ts": source, **MODULES}
    assert leads(files, "C", configs=written) == ["m/one.ts:C"]
    assert leads(files, "g", configs=written) == ["m/one.ts:f"]
    assert leads(files, "f", configs=written) == ["m/one.ts:f"]
