"""The engine alone: graphs built by hand, whatever the language."""

from __future__ import annotations

from atomization.flow.engine import Act, Builder, Graph, Jump
from atomization.flow.model import EffectKind


def loop() -> tuple[Builder, Graph]:
    """``total = 0; for x in xs: if x: break; total += x`` and a use of total, a row each."""
    builder = Builder()
    bit = builder.bit
    builder.node(0, defs=bit("xs"))
    builder.node(1, defs=bit("total"))
    builder.node(2, uses=bit("xs"))
    head, end, skip = builder.label(), builder.label(), builder.label()
    builder.place(head)
    builder.node(2)
    builder.branch(end)
    builder.node(2, defs=bit("x"))
    builder.enter_loop(end, head, 2, 5)
    builder.node(3, uses=bit("x"))
    builder.branch(skip)
    target, within = builder.target(Jump.BREAK)
    builder.node(4, acts=(Act(EffectKind.BREAK, target, 4, within),))
    builder.jump(Jump.BREAK)
    builder.place(skip)
    builder.node(5, uses=builder.mask(["x", "total"]), defs=bit("total"))
    builder.goto(head)
    builder.leave_loop()
    builder.place(end)
    builder.node(6, uses=bit("total"))
    return builder, builder.finish(local=builder.mask(["xs", "total", "x"]))


def test_a_name_carried_round_a_loop_is_live_into_its_body() -> None:
    _, graph = loop()
    body = graph.flow(5, 5)
    assert body.live_in == ("total", "x")
    assert body.live_out == ("total",)
    assert body.may_define == ()


def test_what_a_path_leaves_alone_is_handed_on() -> None:
    _, graph = loop()
    whole = graph.flow(2, 5)
    assert whole.live_in == ("xs", "total")
    assert whole.live_out == whole.may_define == ("total",)


def test_a_jump_inside_its_loop_is_no_effect_of_the_loop() -> None:
    _, graph = loop()
    assert [e.target for e in graph.flow(3, 5).effects] == ["3"]
    assert graph.flow(2, 5).effects == ()


def test_rows_without_steps_have_no_flow() -> None:
    _, graph = loop()
    assert graph.flow(90, 99).to_json() == graph.flow(7, 7).to_json()
    assert not any(graph.flow(7, 7).to_json().values())


def test_a_raise_may_come_before_a_definition_or_after_it() -> None:
    builder = Builder()
    x = builder.bit("x")
    builder.node(0, defs=x)
    handler, end = builder.label(), builder.label()
    builder.enter_try(handler)
    builder.node(1, defs=x)
    builder.leave_try()
    builder.goto(end)
    builder.place(handler)
    builder.node(2, uses=x)
    builder.place(end)
    flow = builder.finish(local=x).flow(1, 1)
    assert flow.live_out == flow.may_define == flow.live_in == ("x",)


def test_every_way_out_passes_a_finally() -> None:
    builder = Builder()
    x = builder.bit("x")
    builder.node(0, defs=x)
    abrupt, done = builder.label(), builder.label()
    builder.enter_finally(abrupt)
    builder.node(1, quiet=True)
    builder.jump(Jump.RETURN)
    frame = builder.leave_finally()
    builder.node(2, uses=x, defs=x)
    builder.goto(done)
    builder.place(abrupt)
    builder.node(2, uses=x, defs=x)
    builder.resume(frame)
    builder.place(done)
    builder.node(3, uses=x)
    graph = builder.finish(local=x)
    assert graph.flow(0, 0).live_out == ("x",)
    assert graph.flow(2, 2).live_in == ("x",)
    assert graph.flow(2, 2).live_out == ()  # nothing reaches row 3: the body always returns


def test_labelled_jumps_leave_the_loop_of_that_label() -> None:
    builder = Builder()
    outer, inner, heads = builder.label(), builder.label(), builder.label()
    builder.place(heads)
    builder.node(0)
    builder.enter_loop(outer, heads, 0, 9, ("outer",))
    builder.enter_loop(inner, None, 1, 8)
    assert builder.target(Jump.BREAK) == ("2", (1, 8))
    assert builder.target(Jump.BREAK, "outer") == ("outer", (0, 9))
    assert builder.target(Jump.CONTINUE) == ("1", (0, 9))  # a switch does not continue


def test_names_of_one_spelling_in_two_spaces_are_two() -> None:
    builder = Builder()
    here, there = builder.bit("x"), builder.bit("x", "outer")
    assert here != there
    builder.node(0, defs=here)
    builder.node(1, uses=there)
    flow = builder.finish(local=here).flow(1, 1)
    assert flow.live_in == ()
    assert flow.free == ("x",)


def test_names_that_closures_share_count_as_used_to_the_end() -> None:
    builder = Builder()
    x = builder.bit("x")
    builder.node(0, defs=x)
    builder.node(1, captures=x)
    builder.node(2, defs=x)
    graph = builder.finish(local=x)
    assert graph.flow(2, 2).live_out == ("x",)
    assert graph.flow(2, 2).captured == ("x",)
