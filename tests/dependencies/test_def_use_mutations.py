"""Changes of objects as definitions: methods, items, attributes, aliases, parts, calls."""

from __future__ import annotations

import pytest

from tests.dependencies.def_use import changes


@pytest.mark.parametrize(
    "change",
    [
        "x.append(1)",
        "x.sort()",
        "x[0] = 1",
        "x[0] += 1",
        "del x[0]",
        "x.a = 1",
        "x.a.b.append(1)",
        "x[1][2].add(3)",
        "heapq.heappush(x, 1)",
        "setattr(x, 'a', 1)",
        "shuffle(x)",
        "y = x.pop()",
        "x.setdefault(1, []).append(2)",
        "(x.a, y) = 1, 2",
        "for x.a in y: pass",
    ],
)
def test_a_change_reaches_later_reads(change: str) -> None:
    assert changes(f"x = make()\n{change}\nprint(x)", "x", 3) == [2]


def test_a_change_is_hidden_by_a_new_binding() -> None:
    assert changes("x = []\nx.append(1)\nx = []\nprint(x)", "x", 4) == []


def test_a_change_as_a_whole_takes_in_the_changes_before_it() -> None:
    source = "x = []\nx.append(1)\nx.append(2)\nprint(x)"
    assert changes(source, "x", 3) == [2]
    assert changes(source, "x", 4) == [3]


def test_a_change_of_an_item_leaves_the_others() -> None:
    source = "x = {}\nx[a] = 1\nx[b] = 2\nprint(x)"
    assert changes(source, "x", 4) == [2, 3]


def test_items_of_different_constant_keys_are_two() -> None:
    source = "x = make()\nx['a'] = 1\nx['b'] = 2\nprint(x['a'])\nprint(x[k])"
    assert changes(source, "x", 4) == [2]
    assert changes(source, "x", 5) == [2, 3]


def test_attributes_of_different_names_are_two_but_a_method_reads_all() -> None:
    source = """
        def f(self):
            self.a = 1
            self.b = 2
            print(self.a)
            self.show()
            return self
        """
    assert changes(source, "self", 4) == [2]
    assert changes(source, "self", 5) == [2, 3]
    assert changes(source, "self", 6) == [2, 3]


def test_changes_run_around_a_loop() -> None:
    source = """
        def f(queue):
            while queue:
                item = queue.pop()
                queue.append(item)
        """
    assert changes(source, "queue", 2) == [4]
    assert changes(source, "queue", 3) == [4]


def test_an_alias_is_the_same_object() -> None:
    source = "x = []\ny = x\ny.append(1)\nprint(x)\nx.append(2)\nprint(y)"
    assert changes(source, "x", 4) == [3]
    assert changes(source, "y", 6) == [3, 5]


def test_a_free_name_is_followed_like_a_bound_one() -> None:
    assert changes("def f():\n    y = T\n    y.append(1)\n    return T", "T", 4) == [3]
    assert changes("def f():\n    T.a = 1\n    return T.b", "T", 3) == []


def test_an_alias_is_none_any_more_once_it_is_bound_anew() -> None:
    source = "x = []\ny = x\ny = []\ny.append(1)\nprint(x)"
    assert changes(source, "x", 5) == []
    source = "x = []\ny = x\nx = []\ny.append(1)\nprint(x)"
    assert changes(source, "x", 5) == []


def test_an_element_belongs_to_what_it_was_taken_from() -> None:
    for way in ("for row in grid:", "for i, row in enumerate(grid):", "for row in grid.values():"):
        source = f"grid = make()\n{way}\n    row.append(1)\nprint(grid)"
        assert changes(source, "grid", 4) == [3], way
    assert changes("grid = make()\nrow = grid[0]\nrow[1] = 2\nprint(grid)", "grid", 4) == [3]
    assert changes("a = make()\nb = a.b\nb.x = 2\nprint(a.b)\nprint(a.c)", "a", 4) == [3]
    assert changes("a = make()\nb = a.b\nb.x = 2\nprint(a.b)\nprint(a.c)", "a", 5) == []


def test_a_change_inside_of_an_object_may_be_one_of_its_part() -> None:
    source = "grid = make()\nrow = grid[0]\ngrid[i].append(1)\nprint(row[0])"
    assert changes(source, "row", 4) == [3]
    assert changes(source.replace("grid[i]", "grid"), "row", 4) == []


def test_what_is_put_into_an_object_stays_a_part_of_it() -> None:
    source = "row = []\nrows.append(row)\nrow.append(1)\nprint(rows)"
    assert changes("rows = []\n" + source, "rows", 5) == [3, 4]
    assert changes(
        "rows = []\nrow = []\nrow.append(1)\nrows.append(row)\nprint(rows)", "rows", 5
    ) == [4]
    assert changes("x = []\npair = [x, 1]\nx.append(1)\nprint(pair)", "pair", 4) == [3]


def test_a_copy_shares_only_what_is_inside() -> None:
    for copy in ("x[:]", "x.copy()", "list(x)"):
        source = f"x = make()\ny = {copy}\ny.append(1)\nx[0].append(2)\nprint(x)\nprint(y[0])"
        assert changes(source, "x", 5) == [4], copy
        assert 4 in changes(source, "y", 6), copy


def test_numbers_are_no_parts() -> None:
    source = "x = []\nfor i in range(9):\n    x.append(i)\n    x[0].append(1)\n    print(i.real)"
    assert changes(source, "i", 5) == []


def test_a_function_of_the_module_changes_its_arguments() -> None:
    source = """
        def fill(n, target):
            for i in range(n):
                target.append(i)
        def twice(things):
            fill(2, things)
        def look(things):
            return len(things)
        def run():
            x, y = [], []
            twice(x)
            look(y)
            return x, y
        """
    assert changes(source, "x", 12) == [10]
    assert changes(source, "y", 12) == []


def test_a_method_of_the_module_changes_its_object() -> None:
    source = """
        class A:
            def start(self):
                self.on = True
            def see(self):
                return self.on
            def run(self):
                self.see()
                self.start()
                return self.on
        """
    assert changes(source, "self", 9) == [8]


def test_module_level_changes_reach_module_level_reads() -> None:
    source = "R = {}\ndef f():\n    pass\nR['f'] = f\nclass A:\n    table = R"
    assert changes(source, "R", 6) == [4]


def test_a_change_in_a_try_may_have_happened_in_its_handler() -> None:
    source = """
        def f(x):
            try:
                x.append(1)
                run()
            except OSError:
                return x
        """
    assert changes(source, "x", 6) == [3]


def test_a_read_of_exactly_what_was_just_set_sees_nothing_older() -> None:
    assert changes("x[0] = 1\nx[i] = 2\nx[i] = 3\nprint(x[i])", "x", 4) == [3]
    assert changes("x.a = 1\nx.a = 2\nx.b = 3\nprint(x.a)\nprint(x)", "x", 4) == [2]
    assert changes("x.a = 1\nx.a = 2\nx.b = 3\nprint(x.a)\nprint(x)", "x", 5) == [1, 2, 3]


@pytest.mark.parametrize(
    ("between", "found"),
    [
        ("i = 2", [1, 2]),
        ("x[j] = 2", [2, 3]),
        ("x[i].append(2)", [2, 3]),
        ("x.append(2)", [3]),
        ("y = x\ny[j] = 2", [2, 4]),
        ("x = make()", []),
    ],
)
def test_what_happens_in_between_is_minded(between: str, found: list[int]) -> None:
    source = f"x[i] = 0\nx[i] = 1\n{between}\nprint(x[i])"
    assert changes(source, "x", source.count("\n") + 1) == found


def test_a_key_with_a_call_in_it_is_never_the_same() -> None:
    assert changes("x[f()] = 1\nx[f()] = 2\nprint(x[f()])", "x", 3) == [1, 2]
