"""What flows between the slots of one file, in every language."""

from __future__ import annotations

import pytest

from atomization.decomposer import decompose
from atomization.parser import Language
from atomization.project import ProjectFile
from dependencies.def_use import FlowKind, SlotFlow, slot_flows
from tests.dependencies.def_use import file_of, flows


def told(found: list[SlotFlow]) -> set[tuple[str, int, int, str, bool]]:
    """Give (name, definition line, use line, kind, hard)."""
    return {(f.name, f.definition_line, f.line, f.kind.value, f.hard) for f in found}


FUNCTION = """
def total(items, rate):
    result = []
    for item in items:
        if item > rate:
            result.append(item)
            rate = item
        else:
            result.append(rate)
    result.sort()
    answer = sum(result)
    return answer
"""


def test_values_flow_from_block_to_block_of_a_function() -> None:
    found = told(flows(FUNCTION))
    assert found >= {
        ("items", 1, 3, "definition", True),
        ("rate", 6, 4, "definition", False),
        ("result", 2, 10, "definition", True),
        ("result", 9, 10, "mutation", True),
        ("result", 8, 9, "mutation", True),
        ("answer", 10, 11, "definition", True),
    }
    assert ("result", 5, 10, "mutation", True) not in found
    assert {name for name, *_ in found} == {"items", "rate", "item", "result", "answer"}


def test_every_flow_is_between_two_slots_that_hold_its_lines() -> None:
    file = file_of(FUNCTION)
    found = slot_flows(file)
    assert found
    for flow in found:
        assert flow.dependent != flow.dependency
        assert file.slot_at(flow.line) == flow.dependent
        assert file.slot_at(flow.definition_line) == flow.dependency


def test_what_a_loop_carries_back_is_not_hard() -> None:
    source = """
        def f(items):
            last = 0
            for item in items:
                print(last)
                if item:
                    print(item)
                print("done")
                last = item
        """
    found = {(f.name, f.definition_line, f.line): f.hard for f in flows(source)}
    assert found[("last", 2, 4)] is True
    assert found[("last", 8, 4)] is False


def test_module_level_statements_flow_without_what_imports_and_functions_bind() -> None:
    source = """
        import os
        def make():
            return []
        table = make()
        if os:
            table.append(1)
            table.append(2)
            table.append(3)
        print(table)
        print(os)
        """
    found = told(flows(source))
    assert ("table", 4, 6, "definition", True) in found
    assert ("table", 6, 7, "mutation", True) in found
    assert ("table", 8, 9, "mutation", True) in found
    assert {name for name, *_ in found} == {"table"}


def test_calls_for_their_effect_keep_their_order() -> None:
    source = """
        import logging
        from site import app

        logging.basicConfig()
        if app:
            app.setup("a")
            app.setup("b")
            app.setup("c")
        log = logging.getLogger()
        """
    found = {(f.name, f.line) for f in flows(source) if f.kind is FlowKind.ORDER}
    assert ("logging", 9) in found
    assert not any(name == "print" for name, _ in found)


def test_imports_come_after_changes_of_their_path() -> None:
    source = """
        import sys

        sys.path.insert(0, "lib")
        sys.argv.append("x")

        import own
        """
    found = {(f.name, f.line, f.definition_line) for f in flows(source) if f.kind is FlowKind.ORDER}
    assert ("sys.path", 6, 3) in found
    assert not any(name.startswith("sys.argv") for name, _, _ in found)


def test_what_decorators_register_is_there_before_the_registry_is_read() -> None:
    source = """
        from web import App
        app = App()

        @app.get("/a")
        def a():
            return 1

        @app.get("/b")
        def b():
            return 2

        app.run()
        """
    found = {(f.line, f.definition_line, f.hard) for f in flows(source) if f.kind is FlowKind.ORDER}
    assert (12, 4, False) in found
    assert (12, 8, False) in found
    assert not any(line == 8 for line, _, _ in found)


def test_a_change_comes_after_the_reads_before_it() -> None:
    source = """
        from conf import settings

        if settings.debug:
            print("debug")
            print("more")
            print("still more")
        settings.debug = False
        """
    found = {(f.line, f.definition_line) for f in flows(source) if f.kind is FlowKind.ORDER}
    assert (7, 3) in found


def test_scripts_flow_between_their_blocks() -> None:
    source = """
        export function total(items, rate) {
          const result = []
          for (const item of items) {
            if (item > rate) {
              result.push(item)
              rate = item
            }
          }
          const answer = result.map((x) => x * rate)
          answer.sort()
          return answer
        }
        """
    for language in (Language.JAVASCRIPT, Language.TYPESCRIPT):
        file = file_of(source, language)
        found = slot_flows(file)
        assert {flow.name for flow in found} >= {"result"}
        for flow in found:
            assert file.slot_at(flow.line) == flow.dependent
            assert file.slot_at(flow.definition_line) == flow.dependency
        kinds = {flow.kind for flow in found if flow.name == "result"}
        assert kinds == {FlowKind.DEFINITION, FlowKind.MUTATION}


def test_python_that_does_not_parse_is_read_by_its_syntax_tree() -> None:
    source = FUNCTION.replace("def total", "print 'old'\n\ndef total").strip() + "\n"
    slots = decompose(source.encode(), Language.PYTHON, max_loc=2, target_loc=1)
    found = slot_flows(ProjectFile("a.py", Language.PYTHON, tuple(slots)))
    assert any(flow.name == "result" for flow in found)


def test_bytes_that_are_no_text_have_no_flows_and_raise_nothing() -> None:
    for source in (b"", b"\xff\xfe\x00", b"x = 1\n" * 40 + b"\x00", b"def f(:\n" * 30):
        for language in (Language.PYTHON, Language.JAVASCRIPT):
            slots = tuple(decompose(source, language))
            assert isinstance(slot_flows(ProjectFile("a", language, slots)), list)


def test_flows_are_told_in_words() -> None:
    flow = SlotFlow(2, 1, "x", 9, 4, FlowKind.MUTATION, True)
    assert flow.reason == "reads x, which line 4 changes"


GENERATED = {
    "items": ("x = {}\n", "x[k{0}] = {0}\n"),
    "chain": ("x = {}\n", "x['k{0}'] = f(x, {0})\n"),
    "attributes": ("class A:\n    def f(self):\n", "        self.a{0} = self.b{0}()\n"),
    "aliases": ("def f(x):\n", "    y{0} = x\n    y{0}.append(1)\n"),
    "closures": ("def f(c):\n", "    x = c(lambda: x + {0})\n"),
    "branches": ("def f(c):\n    x = 0\n", "    if c({0}):\n        x = {0}\n"),
    "calls": ("from a import app\n", "app.add('k{0}', {0})\n"),
}


@pytest.mark.parametrize("name", GENERATED)
def test_generated_code_has_flows_in_proportion_to_its_length(name: str) -> None:
    head, line = GENERATED[name]
    source = (head + "".join(line.format(number) for number in range(400))).encode()
    slots = tuple(decompose(source, Language.PYTHON))
    found = slot_flows(ProjectFile("a.py", Language.PYTHON, slots))
    assert len(found) >= len(slots) - 2
    assert len(found) <= 150 * len(slots)


def test_every_change_is_reached_along_a_chain_of_flows() -> None:
    source = (
        b"x = {}\n" + b"".join(b"x[f(%d)] = %d\n" % (i, i) for i in range(30_000)) + b"use(x)\n"
    )
    slots = tuple(decompose(source, Language.PYTHON))
    found = slot_flows(ProjectFile("a.py", Language.PYTHON, slots))
    needs: dict[int, list[int]] = {}
    for flow in found:
        needs.setdefault(flow.dependent, []).append(flow.dependency)
    seen, work = {len(slots) - 1}, [len(slots) - 1]
    while work:
        for other in needs.get(work.pop(), ()):
            if other not in seen:
                seen.add(other)
                work.append(other)
    assert len(seen) == len(slots)


def test_names_that_closures_of_scripts_share_flow_to_and_from_them() -> None:
    source = """
        export function count(items) {
          let total = 0
          const add = (n) => {
            total += n
            total += 1
            total += 2
          }
          items.forEach(add)
          return total
        }
        """
    found = slot_flows(file_of(source, Language.JAVASCRIPT))
    assert {"total", "add", "items"} <= {flow.name for flow in found}


def test_what_functions_of_a_script_read_when_they_run_is_left_to_names() -> None:
    source = """
        const table = []
        if (table) {
          table.push(1)
          table.push(2)
        }
        export function read() {
          return table
        }
        if (table) {
          table.push(3)
          table.forEach((row) => table.push(row))
        }
        """
    file = file_of(source, Language.JAVASCRIPT)
    readers = {file.slots[flow.dependent].name for flow in slot_flows(file)}
    assert readers
    assert not any(name.startswith("read") for name in readers)
