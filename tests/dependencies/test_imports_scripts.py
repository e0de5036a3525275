"""Imports from file to file in TypeScript and JavaScript: which file, or why none, what kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dependencies.imports import FileImport, ImportKind, imports_of, is_config
from tests.atomization.reading import project


def found(
    sources: Mapping[str, str], path: str = "", configs: Mapping[str, Any] | None = None
) -> list[FileImport]:
    """Give the imports of a file, of the first one unless told."""
    wanted = path or next(iter(sources))
    written = {
        name: content.encode() if isinstance(content, str) else json.dumps(content).encode()
        for name, content in (configs or {}).items()
    }
    assert all(map(is_config, written))
    graph = imports_of(project(sources), configs=written)
    return [item for item in graph.imports if item.path == wanted]


def target(
    specifier: str,
    others: list[str],
    *,
    importer: str = "src/a.ts",
    configs: Mapping[str, Any] | None = None,
    required: bool = False,
) -> str:
    """Tell what a specifier means in a project of some files, or why nothing."""
    text = f'x = require("{specifier}");\n' if required else f'import "{specifier}";\n'
    (item,) = found({importer: text, **dict.fromkeys(others, "")}, configs=configs)
    return item.target or str(item.reason)


@pytest.mark.parametrize(
    ("source", "kind", "names"),
    [
        ('import a from "./b";', ImportKind.RUNTIME, ("default",)),
        ('import a, { c as d, e } from "./b";', ImportKind.RUNTIME, ("default", "c", "e")),
        ('import * as n from "./b";', ImportKind.RUNTIME, ("*",)),
        (
            'import { default as x, "odd name" as y } from "./b";',
            ImportKind.RUNTIME,
            ("default", "odd name"),
        ),
        ('import "./b";', ImportKind.SIDE_EFFECT, ()),
        ('import {} from "./b";', ImportKind.SIDE_EFFECT, ()),
        ('import type { T } from "./b";', ImportKind.TYPE_ONLY, ("T",)),
        ('import type T from "./b";', ImportKind.TYPE_ONLY, ("default",)),
        ('import type * as N from "./b";', ImportKind.TYPE_ONLY, ("*",)),
        ('import type, { x } from "./b";', ImportKind.RUNTIME, ("default", "x")),
        ('import type from "./b";', ImportKind.RUNTIME, ("default",)),
        ('import { type T, type U } from "./b";', ImportKind.TYPE_ONLY, ("T", "U")),
        ('import { type T, u } from "./b";', ImportKind.RUNTIME, ("T", "u")),
        ('import d from "./b" with { type: "json" };', ImportKind.RUNTIME, ("default",)),
        ('import f = require("./b");', ImportKind.RUNTIME, ()),
        ('import type F = require("./b");', ImportKind.TYPE_ONLY, ()),
        ('export import f = require("./b");', ImportKind.RE_EXPORT, ()),
        ('export { a, b as c } from "./b";', ImportKind.RE_EXPORT, ("a", "b")),
        ('export * from "./b";', ImportKind.RE_EXPORT, ("*",)),
        ('export * as n from "./b";', ImportKind.RE_EXPORT, ("*",)),
        ('export type { T } from "./b";', ImportKind.TYPE_ONLY, ("T",)),
        ('export type * from "./b";', ImportKind.TYPE_ONLY, ("*",)),
        ('export { type T } from "./b";', ImportKind.TYPE_ONLY, ("T",)),
        ('type T = import("./b").C;', ImportKind.TYPE_ONLY, ("C",)),
        ('let t: typeof import("./b");', ImportKind.TYPE_ONLY, ()),
        ('let t: Map<string, import("./b").C>;', ImportKind.TYPE_ONLY, ("C",)),
        ('let t = u as import("./b").C;', ImportKind.TYPE_ONLY, ("C",)),
        ('const m = await import("./b");', ImportKind.DYNAMIC, ()),
        ('const { a, b: c } = await import("./b");', ImportKind.DYNAMIC, ("a", "b")),
        ('const x = (await import("./b")).part;', ImportKind.DYNAMIC, ("part",)),
        ('import("./b").then((m) => m);', ImportKind.DYNAMIC, ()),
        ("const m = await import(`./b`);", ImportKind.DYNAMIC, ()),
        ('const b = require("./b");', ImportKind.RUNTIME, ()),
        ('const { a, b: c } = require("./b");', ImportKind.RUNTIME, ("a", "b")),
        ('const c = require("./b").part;', ImportKind.RUNTIME, ("part",)),
        ('require("./b");', ImportKind.SIDE_EFFECT, ()),
        (
            'const require = createRequire(import.meta.url);\nrequire("./b");',
            ImportKind.SIDE_EFFECT,
            (),
        ),
        ('/// <reference path="b.ts" />', ImportKind.TYPE_ONLY, ()),
        ('/* head */\n/// <reference path="./b.ts" />\nlet a;', ImportKind.TYPE_ONLY, ()),
        ('declare module "./b" { interface A {} }\nexport {};', ImportKind.TYPE_ONLY, ()),
        ('define(["./b"], function (b) {});', ImportKind.RUNTIME, ()),
        ('define(function (require) { require("./b"); });', ImportKind.SIDE_EFFECT, ()),
        ('new Worker(new URL("b.ts", import.meta.url));', ImportKind.DYNAMIC, ()),
    ],
)
def test_every_form_of_import_is_read(
    source: str, kind: ImportKind, names: tuple[str, ...]
) -> None:
    (item,) = found({"a.ts": source + "\n", "b.ts": ""})
    assert (item.target, item.kind, item.names) == ("b.ts", kind, names)


@pytest.mark.parametrize(
    "source",
    [
        "\"import x from './b'\";",
        '// import "./b";',
        'let a = 1;\n/// <reference path="./b.ts" />',
        'loader.require("./b");',
        'new URL("./b.ts", import.meta.url);',
        'declare module "./b" { interface A {} }',
        '(function (require) { require("./b"); })(other);',
        'function f() { var require = g; return require("./b"); }',
        '({ 1: [function (require, module) { require("./b"); }] });',
    ],
)
def test_what_only_looks_like_an_import_is_none(source: str) -> None:
    assert found({"a.ts": source + "\n", "b.ts": ""}) == []
    if "declare" not in source:
        assert found({"a.js": source + "\n", "b.ts": ""}) == []


@pytest.mark.parametrize(
    ("comment", "names"),
    [
        ("/** @type {import('./b').C} */", ("C",)),
        ("/** @type {import('./b')} */", ()),
        ("/** @type import('./b').C */", ("C",)),
        ('/**\n * @param {{ a: Map<string, import("./b").C> }} a\n */', ("C",)),
        ("/** @import { C, D as E } from './b' */", ("C", "D")),
        ("/** @import * as b from './b' */", ("*",)),
        ("/** @import b from './b' */", ("default",)),
    ],
)
def test_javascript_imports_types_in_its_documentation(
    comment: str, names: tuple[str, ...]
) -> None:
    source = f"{comment}\nexport let a;\n"
    (item,) = found({"a.js": source, "b.js": ""})
    assert (item.target, item.kind, item.names) == ("b.js", ImportKind.TYPE_ONLY, names)
    assert item.line == comment.count("\n", 0, comment.index("import")) + 1
    assert found({"a.ts": source, "b.js": ""}) == []


def test_documentation_that_speaks_of_imports_imports_nothing() -> None:
    source = '/** Call import("./b") or `@type`. */\n// @type {import("./b")}\nlet a;\n'
    assert found({"a.js": source, "b.js": ""}) == []


def test_where_an_import_stands_is_told() -> None:
    source = (
        'const a = require("./b");\nfunction f() { require("./b"); }\n'
        'if (x) { require("./b"); }\nconst g = () => import("./b");\nimport(where);\n'
    )
    told = [(item.line, item.at_import, item.conditional) for item in found({"a.js": source})]
    assert told == [
        (1, True, False),
        (2, False, False),
        (3, True, True),
        (4, False, False),
        (5, True, False),
    ]
    assert found({"a.js": source})[-1].reason == "dynamic"


def test_jsx_and_tsx_are_read_like_others() -> None:
    source = (
        'import { B } from "./B";\nexport const A = () => <B on={() => import("./C")}>{1}</B>;\n'
    )
    for ending in ("tsx", "jsx"):
        sources = {f"A.{ending}": source, f"B.{ending}": "", f"C.{ending}": ""}
        assert [item.target for item in found(sources)] == [f"B.{ending}", f"C.{ending}"]


@pytest.mark.parametrize(
    ("specifier", "others", "expected"),
    [
        ("./b", ["src/b.ts"], "src/b.ts"),
        ("./b", ["src/b.tsx", "src/b.js"], "src/b.tsx"),
        ("./b", ["src/b.js"], "src/b.js"),
        ("./b", ["src/b.d.ts"], "src/b.d.ts"),
        ("./b", ["src/b.d.ts", "src/b.js"], "src/b.js"),
        ("./b.js", ["src/b.ts"], "src/b.ts"),
        ("./b.js", ["src/b.tsx"], "src/b.tsx"),
        ("./b.js", ["src/b.ts", "src/b.js"], "src/b.ts"),
        ("./b.jsx", ["src/b.tsx"], "src/b.tsx"),
        ("./b.mjs", ["src/b.mts", "src/b.ts"], "src/b.mts"),
        ("./b.cjs", ["src/b.cts"], "src/b.cts"),
        ("./b.ts", ["src/b.ts"], "src/b.ts"),
        ("./b", ["src/b/index.ts"], "src/b/index.ts"),
        ("./b", ["src/b/index.js"], "src/b/index.js"),
        ("./b", ["src/b.ts", "src/b/index.ts"], "src/b.ts"),
        ("./b/", ["src/b.ts", "src/b/index.ts"], "src/b/index.ts"),
        (".", ["src/index.ts"], "src/index.ts"),
        ("..", ["index.ts", "src.ts"], "index.ts"),
        ("../c/d", ["c/d.ts"], "c/d.ts"),
        ("./b.service", ["src/b.service.ts"], "src/b.service.ts"),
        ("./b.ts?worker", ["src/b.ts"], "src/b.ts"),
        ("./gone", [], "missing"),
        ("./gone.js", [], "missing"),
        ("./style.css", [], "not a source"),
        ("./style.css", ["src/style.d.css.ts"], "src/style.d.css.ts"),
        ("../../out", [], "outside of the project"),
        ("react", [], "outside of the project"),
        ("node:fs", [], "outside of the project"),
        ("https://a.b/c.js", [], "outside of the project"),
    ],
)
def test_a_specifier_means_a_file(specifier: str, others: list[str], expected: str) -> None:
    assert target(specifier, others) == expected


def test_a_declaration_file_means_declarations() -> None:
    both = ["src/b.d.ts", "src/b.js"]
    assert target("./b", both, importer="src/a.d.ts") == "src/b.d.ts"


def test_json_files_are_targets_where_they_are_known() -> None:
    files = project({"src/a.ts": 'import d from "./data.json" with { type: "json" };\n'})
    for others, expected in (["src/data.json"], "src/data.json"), ([], None):
        (item,) = imports_of(files, others=others).imports
        assert item.target == expected
    assert target("../package.json", [], configs={"package.json": {}}) == "package.json"


TSCONFIG = {
    "compilerOptions": {
        "baseUrl": ".",
        "paths": {"@/*": ["src/*"], "@/special/*": ["lib/*", "src/gen/*"], "exact": ["src/x"]},
    }
}


@pytest.mark.parametrize(
    ("specifier", "others", "expected"),
    [
        ("@/b", ["src/b.ts"], "src/b.ts"),
        ("@/b.js", ["src/b.ts"], "src/b.ts"),
        ("@/special/q", ["src/special/q.ts", "lib/q.ts"], "lib/q.ts"),
        ("@/special/q", ["src/gen/q.ts"], "src/gen/q.ts"),
        ("exact", ["src/x.ts"], "src/x.ts"),
        ("lib/r", ["lib/r.ts"], "lib/r.ts"),
        ("@/gone", [], "missing"),
        ("exactly", [], "outside of the project"),
    ],
)
def test_paths_and_base_url_are_followed(specifier: str, others: list[str], expected: str) -> None:
    assert target(specifier, others, configs={"tsconfig.json": TSCONFIG}) == expected


def test_configurations_have_comments_and_extend_one_another() -> None:
    base = '{ // shared\n "compilerOptions": { "paths": { "~/*": ["./app/*"], }, }, /* end */ }'
    configs = {
        "config/tsconfig.base.json": base,
        "tsconfig.json": {"extends": "./config/tsconfig.base"},
    }
    assert target("~/b", ["config/app/b.ts"], configs=configs) == "config/app/b.ts"
    configs["tsconfig.json"] = {
        "extends": ["./config/tsconfig.base.json", "./gone.json", "@tsconfig/node18"],
        "compilerOptions": {"baseUrl": "src"},
    }
    assert target("~/b", ["src/app/b.ts"], configs=configs) == "src/app/b.ts"


def test_a_configuration_that_extends_itself_or_is_broken_is_no_trouble() -> None:
    for text in (
        '{"extends": "./tsconfig.json"}',
        "{",
        "[1]",
        '{"compilerOptions": 3}',
        "\ufeff{}",
    ):
        assert target("./b", ["src/b.ts"], configs={"tsconfig.json": text}) == "src/b.ts"


def test_root_dirs_lie_on_top_of_each_other() -> None:
    configs = {"tsconfig.json": {"compilerOptions": {"rootDirs": ["src", "generated"]}}}
    assert target("./b", ["generated/b.ts"], configs=configs) == "generated/b.ts"
    inner = target("../v/b", ["generated/v/b.ts"], importer="src/w/a.ts", configs=configs)
    assert inner == "generated/v/b.ts"


def test_the_configuration_that_includes_a_file_governs_it() -> None:
    def options(folder: str, include: list[str]) -> dict[str, Any]:
        return {"compilerOptions": {"paths": {"#/*": [f"./{folder}/*"]}}, "include": include}

    configs = {
        "tsconfig.json": {
            "files": [],
            "references": [{"path": "./tsconfig.app.json"}, {"path": "./node"}],
        },
        "tsconfig.app.json": options("app", ["src"]),
        "node/tsconfig.json": options("other", ["../scripts/**/*.ts"]),
    }
    others = ["app/b.ts", "node/other/b.ts"]
    assert target("#/b", others, configs=configs) == "app/b.ts"
    assert target("#/b", others, importer="scripts/a.ts", configs=configs) == "node/other/b.ts"


def test_references_lead_from_build_output_to_sources() -> None:
    configs = {
        "app/tsconfig.json": {"references": [{"path": "../core"}]},
        "core/tsconfig.json": {
            "compilerOptions": {"composite": True, "rootDir": "code", "outDir": "lib/out"}
        },
        "core/package.json": {"name": "core", "main": "lib/out/main.js"},
        "package.json": {"workspaces": ["core", "app"]},
    }
    others = ["core/code/main.ts", "core/code/util.ts"]
    importer = "app/a.ts"
    assert target("core", others, importer=importer, configs=configs) == "core/code/main.ts"
    deep = target("../core/lib/out/util.js", others, importer=importer, configs=configs)
    assert deep == "core/code/util.ts"


EXPORTS = {
    "name": "@me/lib",
    "exports": {
        ".": {
            "types": "./dist/index.d.ts",
            "import": "./dist/index.mjs",
            "default": "./dist/index.cjs",
        },
        "./package.json": "./package.json",
        "./feature/*": "./src/features/*.ts",
        "./feature/private/*": None,
        "./either": {"require": "./src/c.cts", "import": "./src/m.mts"},
        "./first": ["./src/first.ts"],
    },
    "imports": {"#dep": {"node": "./src/dep-node.js"}, "#in/*": "./src/in/*.js", "#ext": "react"},
}


@pytest.mark.parametrize(
    ("specifier", "others", "expected"),
    [
        ("@me/lib", ["src/index.ts"], "src/index.ts"),
        ("@me/lib", ["dist/index.d.ts", "src/index.ts"], "dist/index.d.ts"),
        ("@me/lib/feature/x", ["src/features/x.ts"], "src/features/x.ts"),
        ("@me/lib/feature/private/x", ["src/features/private/x.ts"], "missing"),
        ("@me/lib/either", ["src/c.cts", "src/m.mts"], "src/m.mts"),
        ("@me/lib/first", ["src/first.ts"], "src/first.ts"),
        ("@me/lib/unlisted", ["src/unlisted.ts"], "missing"),
        ("@me/lib/package.json", [], "package.json"),
        ("@me/other", ["src/index.ts"], "outside of the project"),
        ("#dep", ["src/dep-node.ts"], "src/dep-node.ts"),
        ("#in/q", ["src/in/q.ts"], "src/in/q.ts"),
        ("#ext", [], "outside of the project"),
        ("#gone", [], "missing"),
    ],
)
def test_a_package_knows_itself(specifier: str, others: list[str], expected: str) -> None:
    assert target(specifier, others, configs={"package.json": EXPORTS}) == expected


def test_commonjs_gets_the_file_that_is_for_it() -> None:
    others = ["src/c.cts", "src/m.mts"]
    configs = {"package.json": EXPORTS}
    assert target("@me/lib/either", others, configs=configs, required=True) == "src/c.cts"
    assert target("@me/lib/either", others, importer="src/a.cjs", configs=configs) == "src/c.cts"


def test_custom_conditions_hold() -> None:
    configs = {
        "tsconfig.json": {"compilerOptions": {"customConditions": ["@me/source"]}},
        "package.json": {
            "name": "me",
            "exports": {".": {"@me/source": "./src/index.ts", "default": "./other.js"}},
        },
    }
    assert target("me", ["src/index.ts", "other.js"], configs=configs) == "src/index.ts"


@pytest.mark.parametrize(
    "root",
    [
        {"package.json": {"workspaces": ["packages/*"]}},
        {"package.json": {"workspaces": {"packages": ["packages/**"]}}},
        {
            "pnpm-workspace.yaml": (
                "packages:\n  - 'packages/*' # all\n  - \"!packages/no\"\nother:\n  - x\n"
            )
        },
        {"lerna.json": {"packages": ["packages/*"]}},
        {"packages/app/package.json": {"name": "app", "dependencies": {"@me/lib": "file:../lib"}}},
        {
            "packages/app/package.json": {"dependencies": {"@me/lib": "workspace:*"}},
            "package.json": {"workspaces": ["packages/lib"]},
        },
    ],
)
def test_workspaces_find_one_another(root: dict[str, Any]) -> None:
    configs = {"packages/lib/package.json": {"name": "@me/lib", "main": "dist/index.js"}, **root}
    others = ["packages/lib/src/index.ts", "packages/lib/sub/x.ts"]
    importer = "packages/app/a.ts"
    found = target("@me/lib", others, importer=importer, configs=configs)
    assert found == "packages/lib/src/index.ts"
    sub = target("@me/lib/sub/x", others, importer=importer, configs=configs)
    assert sub == "packages/lib/sub/x.ts"


def test_a_fixture_that_is_called_like_a_package_hides_nothing() -> None:
    configs = {"package.json": {"name": "app"}, "fixtures/react/package.json": {"name": "react"}}
    assert target("react", ["fixtures/react/index.js"], configs=configs) == "outside of the project"


def test_a_folder_says_by_its_package_what_it_means() -> None:
    configs = {"src/b/package.json": {"main": "./lib/main.js"}}
    assert (
        target("./b", ["src/b/lib/main.ts", "src/other.ts"], configs=configs) == "src/b/lib/main.ts"
    )


def test_a_generated_file_with_very_many_calls_is_read() -> None:
    calls = "".join(f'  const a{n} = require("./b");\n' for n in range(20_000))
    many = found({"a.js": f"function f() {{\n{calls}}}\n", "b.js": ""})
    assert len(many) == 20_000


def test_a_file_without_sense_is_told() -> None:
    graph = imports_of(project({"a.ts": "(" * 20_000, "b.ts": 'import "./a";\n'}))
    assert [item.target for item in graph.imports] == ["a.ts"]
    assert graph.problems == {"a.ts": ((1, "no grammar makes sense of the file"),)}
