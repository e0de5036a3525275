"""Which bindings of a name may reach which of its uses in Python."""

from __future__ import annotations

import ast

import pytest

from dependencies.def_use import pairs_of, units_of
from tests.dependencies.def_use import captures, pairs, reads


def test_the_last_binding_before_a_use_hides_the_others() -> None:
    assert reads("x = 1\nx = 2\nprint(x)", "x", 3) == [2]


def test_a_name_is_read_before_its_statement_binds_it() -> None:
    assert reads("x = 1\nx = x + 1\nprint(x)", "x", 2) == [1]


def test_both_branches_reach_what_comes_after() -> None:
    source = """
        def f(a):
            x = 0
            if a:
                x = 1
            else:
                x = 2
            return x
        """
    assert reads(source, "x", 7) == [4, 6]
    assert reads(source, "a", 3) == [1]


def test_a_branch_that_leaves_does_not_reach_what_comes_after() -> None:
    source = """
        def f(a):
            x = 0
            if a:
                x = 1
                return x
            elif a > 1:
                x = 2
                raise ValueError(x)
            return x
        """
    assert reads(source, "x", 9) == [2]


def test_a_loop_carries_bindings_to_its_next_round_and_behind() -> None:
    source = """
        def f(items):
            last = None
            for item in items:
                use(last)
                last = item
            return last
        """
    assert reads(source, "last", 4) == [2, 5]
    assert reads(source, "last", 6) == [2, 5]


def test_the_else_of_a_loop_is_left_out_by_break_alone() -> None:
    source = """
        def f(items):
            x = 0
            for item in items:
                if item:
                    x = 1
                    break
            else:
                x = 2
            return x
        """
    assert reads(source, "x", 9) == [5, 8]


def test_a_loop_that_surely_runs_hides_what_was_before() -> None:
    assert reads("x = 0\nfor i in (1, 2):\n    x = i\nprint(x)", "x", 4) == [3]
    assert reads("x = 0\nfor i in range(3):\n    x = i\nprint(x)", "x", 4) == [3]
    assert reads("x = 0\nfor i in range(n):\n    x = i\nprint(x)", "x", 4) == [1, 3]


def test_an_endless_loop_is_left_by_break_alone() -> None:
    source = """
        def f():
            x = 0
            while True:
                x = 1
                if x:
                    break
                x = 2
            return x
        """
    assert reads(source, "x", 8) == [4]


def test_continue_goes_to_the_head_of_its_loop() -> None:
    source = """
        def f(items):
            x = 0
            while items():
                print(x)
                x = 1
                if x:
                    continue
                x = 2
        """
    assert reads(source, "x", 4) == [2, 5, 8]


def test_an_exception_may_leave_before_or_after_each_step() -> None:
    source = """
        def f():
            x = 0
            try:
                x = first()
                x = second()
                y = 1
            except ValueError:
                return x
            return x
        """
    assert reads(source, "x", 8) == [2, 4]
    assert reads(source, "x", 9) == [5]


def test_what_binds_last_in_a_try_does_not_reach_its_handlers() -> None:
    source = """
        try:
            import fast
        except ImportError:
            print(fast)
            fast = None
        print(fast)
        """
    assert reads(source, "fast", 4) == []
    assert reads(source, "fast", 6) == [2, 5]


def test_the_name_of_a_handler_is_gone_after_it() -> None:
    source = """
        def f():
            e = 0
            try:
                run()
            except ValueError as e:
                print(e)
            return e
        """
    assert reads(source, "e", 6) == [5]
    assert reads(source, "e", 7) == [2]


def test_finally_is_reached_by_every_way_out() -> None:
    source = """
        def f(a):
            x = 0
            try:
                x = 1
                if a:
                    x = 2
                    return run()
                x = 3
                run()
                x = 4
            finally:
                print(x)
            return x
        """
    assert set(reads(source, "x", 12)) == {4, 6, 8, 10}
    assert reads(source, "x", 13) == [10]


def test_a_jump_out_of_finally_swallows_the_exception() -> None:
    source = """
        def f(items):
            x = 0
            for item in items:
                try:
                    x = run()
                    x = run()
                finally:
                    continue
            return x
        """
    assert reads(source, "x", 9) == [2, 5, 6]


def test_try_else_runs_only_after_the_whole_body() -> None:
    source = """
        def f():
            x = 0
            try:
                x = run()
            except OSError:
                x = 1
            else:
                use(x)
            return x
        """
    assert reads(source, "x", 8) == [4]
    assert reads(source, "x", 9) == [4, 6]


def test_nested_finallies_hand_a_return_on() -> None:
    source = """
        def f():
            x = 0
            try:
                try:
                    x = 1
                    return x
                finally:
                    x = 2
            finally:
                print(x)
        """
    assert reads(source, "x", 10) == [8]


def test_many_nested_finallies_are_read_in_bounded_time() -> None:
    depth = 18
    lines = ["def f():", "    x = 0"]
    for level in range(depth):
        lines.append("    " * (level + 1) + "try:")
    lines.append("    " * (depth + 1) + "x = run()")
    for level in reversed(range(depth)):
        lines += ["    " * (level + 1) + "finally:", "    " * (level + 2) + f"x = use(x, {level})"]
    lines.append("    return x")
    found = reads("\n".join(lines), "x", len(lines))
    assert found == [len(lines) - 1]


def test_a_context_manager_that_may_swallow_lets_go_on_from_anywhere() -> None:
    source = """
        def f():
            x = 0
            with {0}:
                x = run()
                run()
                x = run()
            return x
        """
    assert reads(source.format("suppress(OSError)"), "x", 7) == [2, 4, 6]
    assert reads(source.format("open(path)"), "x", 7) == [6]


def test_with_binds_its_targets() -> None:
    assert reads("with open(p) as (a, b):\n    print(a, b)", "b", 2) == [1]


def test_del_unbinds() -> None:
    assert reads("x = 1\ndel x\nprint(x)", "x", 3) == []
    assert reads("x = 1\ndel x\nprint(x)", "x", 2) == [1]


def test_match_binds_what_its_patterns_capture() -> None:
    source = """
        def f(point, k):
            match point:
                case [x, y] if x > y:
                    return x
                case {"x": x, **rest}:
                    return x, rest
                case Point(x=x) | [x]:
                    return x
                case K.value as y:
                    return y
                case other:
                    return other
            return k
        """
    assert reads(source, "x", 4) == [3]
    assert reads(source, "rest", 6) == [5]
    assert reads(source, "x", 8) == [7]
    assert reads(source, "y", 10) == [9]
    assert reads(source, "other", 12) == [11]
    assert reads(source, "point", 2) == [1]
    assert reads(source, "k", 13) == []


def test_a_walrus_binds_only_where_evaluation_gets_to() -> None:
    source = """
        def f(a, y):
            y = 0
            if a and (y := a()):
                return y
            return y
        """
    assert reads(source, "y", 4) == [2, 3]
    assert reads(source, "y", 5) == [2, 3]


def test_a_walrus_in_a_conditional_expression_binds_in_its_arm() -> None:
    source = "def f(a):\n    x = (b := 1) if a else (b := 2)\n    return b"
    assert len(reads(source, "b", 3)) == 1
    assert reads("x = (y := 1) + y", "y", 1) == [1]


def test_a_walrus_in_a_comprehension_binds_outside_of_it_perhaps() -> None:
    source = "def f(items):\n    last = 0\n    a = [last := i for i in items]\n    return last"
    assert reads(source, "last", 4) == [2, 3]


def test_comprehensions_have_variables_of_their_own() -> None:
    source = "x = 1\na = [x for x in range(x) if x]\nprint(x)"
    assert reads(source, "x", 3) == [1]
    assert pairs("a = [\n    y\n    for x in b\n    for y in x\n]") == {("x", 3, 4), ("y", 4, 2)}
    assert reads("a = {k: v for k, v in b}", "v", 1) == [1]


def test_a_generator_reads_when_it_is_asked() -> None:
    source = "def f(b):\n    x = 1\n    g = (x + i for i in b)\n    x = 2\n    return list(g)"
    assert reads(source, "x", 3) == [2, 4]
    eager = "def f(b):\n    x = 1\n    g = sum(x + i for i in b)\n    x = 2\n    return g"
    assert reads(eager, "x", 3) == [2]


def test_targets_in_tuples_lists_and_stars_are_bound() -> None:
    source = "a, [b, *c] = d = run()\nprint(a, b, c, d)"
    assert {(name, line) for name, line, _ in pairs(source)} == {(n, 1) for n in "abcd"}


def test_an_augmented_assignment_reads_and_binds() -> None:
    source = "x = 1\nx += 2\nprint(x)"
    assert reads(source, "x", 2) == [1]
    assert reads(source, "x", 3) == [2]


def test_an_annotation_without_a_value_binds_nothing() -> None:
    source = "def f():\n    x = 1\n    x: int\n    return x"
    assert reads(source, "x", 4) == [2]


def test_parameters_are_definitions_and_defaults_are_read_outside() -> None:
    source = "n = 1\ndef f(a, b=n, *c, d, **e):\n    return a, b, c, d, e"
    assert reads(source, "n", 2) == [1]
    assert {(name, use) for name, _, use in pairs(source)} >= {(n, 3) for n in "abcde"}


def test_a_closure_reads_what_is_bound_before_and_after_it_is_made() -> None:
    source = """
        def f():
            x = 0
            x = 1
            def g():
                return x
            x = 2
            return g
        """
    assert captures(source, "x", 5) == [3, 6]


def test_a_closure_in_a_loop_sees_every_round() -> None:
    source = """
        def f(items):
            x = 0
            for item in items:
                x = 1
                call(lambda: x)
                x = 2
            return x
        """
    assert captures(source, "x", 5) == [4, 6]


def test_nonlocal_bindings_reach_the_function_around() -> None:
    source = """
        def f():
            total = 0
            def add(n):
                nonlocal total
                total += n
            add(1)
            return total
        """
    assert reads(source, "total", 7) == [2, 5]
    assert captures(source, "total", 5) == [2, 5]


def test_globals_are_tied_to_all_that_sets_them() -> None:
    source = """
        count = 0
        def bump():
            global count
            count += 1
        def show():
            return count
        print(count)
        """
    assert captures(source, "count", 4) == [1, 4]
    assert captures(source, "count", 6) == [1, 4]
    assert reads(source, "count", 7) == [1, 4]


def test_class_bodies_have_a_scope_that_methods_do_not_see() -> None:
    source = """
        x = 1
        class A:
            y = x
            x = 2
            z = x
            def m(self):
                return x
        """
    assert reads(source, "x", 3) == [1]
    assert reads(source, "x", 5) == [4]
    assert captures(source, "x", 7) == [1]


def test_locals_uses_whatever_is_bound() -> None:
    assert reads("def f(a):\n    b = 1\n    return locals()", "b", 3) == [2]


def test_exits_do_not_come_back() -> None:
    source = "import sys\nx = 1\nif x:\n    x = 2\n    sys.exit(x)\nprint(x)"
    assert reads(source, "x", 6) == [2]


def test_async_statements_flow_like_the_others() -> None:
    source = """
        async def f(items):
            x = 0
            async for item in items:
                x = await item
            async with x as y:
                return y, x
        """
    assert reads(source, "x", 6) == [2, 4]
    assert reads(source, "y", 6) == [5]


def test_code_that_nothing_reaches_has_pairs_of_its_own_alone() -> None:
    source = "def f():\n    x = 1\n    return x\n    x = 2\n    print(x)"
    assert reads(source, "x", 5) == [4]
    assert reads(source, "x", 3) == [2]


def test_except_groups_may_run_one_after_the_other() -> None:
    source = """
        def f():
            x = 0
            try:
                run()
            except* ValueError:
                x = 1
            except* TypeError:
                print(x)
            return x
        """
    assert reads(source, "x", 8) == [2, 6]
    assert reads(source, "x", 9) == [2, 6]


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\n" + "\n".join(f"if c{i}:\n    x = {i}" for i in range(3_000)) + "\nprint(x)",
        "x = " + "+".join(["1"] * 900) + "\nprint(x)",
        "if a:\n    x = 0\n"
        + "".join(f"elif b{i}:\n    x = {i}\n" for i in range(500))
        + "print(x)",
        "f = " + "lambda: " * 80 + "f\nprint(f)",
    ],
)
def test_large_and_deep_sources_are_read(source: str) -> None:
    units = units_of(ast.parse(source))
    last = source.count("\n") + 1
    assert any(pair.line == last for pair in pairs_of(units[0]))


def test_pairs_are_the_same_in_every_run() -> None:
    source = (
        "def f(a):\n    try:\n        x = a()\n        y = x()\n    except E:\n        return x, y"
    )
    runs = [[pairs_of(unit) for unit in units_of(ast.parse(source))] for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]
