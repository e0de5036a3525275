"""The wave board is a well-formed picture of exactly the atoms that it was given."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from dependencies.wave_board import NEEDED_BY, NEEDS, Line, Square, draw

SVG = "{http://www.w3.org/2000/svg}"


def titles(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return [title.text or "" for title in root.iterfind(f"{SVG}g/{SVG}path/{SVG}title")]


def labels(picture: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(picture).iterfind(f"{SVG}text")]


def lines(picture: str) -> list[dict[str, str]]:
    root = ElementTree.fromstring(picture)
    return [path.attrib for path in root.iterfind(f"{SVG}path")]


def test_every_atom_is_one_square_with_its_name() -> None:
    picture = draw([Square("a.py::f", 1, "accepted"), Square("a.py::g", 2, "failed")])

    assert sorted(titles(picture)) == ["a.py::f (accepted)", "a.py::g (failed)"]


def test_every_wave_is_one_lane_in_order_and_the_rest_comes_last() -> None:
    squares = [Square("c", None, "pending"), Square("b", 2, "ready"), Square("a", 1, "ready")]

    assert labels(draw(squares)) == ["wave 1 · 1", "wave 2 · 1", "no wave · 1"]


def test_a_wide_wave_wraps_and_no_two_squares_overlap() -> None:
    picture = draw([Square(f"a.py::f{n}", 1, "ready") for n in range(120)])

    starts = {path.split("h")[0] for path in picture.split('d="')[1:]}
    assert len(starts) == 120


def test_only_lines_between_atoms_on_the_board_are_drawn() -> None:
    squares = [Square("a", 1, "accepted"), Square("b", 2, "ready"), Square("c", 3, "ready")]
    picture = draw(
        squares,
        chosen="b",
        lines=[Line("b", "a", True), Line("c", "b", False), Line("b", "gone", True)],
    )

    needs, needed_by = lines(picture)
    assert (needs["stroke"], needed_by["stroke"]) == (NEEDS, NEEDED_BY)
    assert "stroke-dasharray" not in needs and "stroke-dasharray" in needed_by


def test_an_empty_board_is_still_a_picture() -> None:
    assert titles(draw([])) == []


@given(st.text(st.characters(), max_size=30))
def test_no_name_can_break_out_of_the_picture(name: str) -> None:
    root = ElementTree.fromstring(draw([Square(name, 1, "ready")]))

    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "text", "g", "path")
    }


def test_markup_in_a_name_stays_text() -> None:
    hostile = "a.py::</title><script>alert(1)</script>"

    picture = draw([Square(hostile, 1, "ready")])
    assert "<script" not in picture
    assert titles(picture) == [f"{hostile} (ready)"]


def test_a_square_leads_where_it_is_told_to() -> None:
    picture = draw([Square('a"b', 1, "ready", href='?atom="1"&page=2')])
    link = ElementTree.fromstring(picture).find(f"{SVG}g/{SVG}a")
    assert link is not None and link.attrib["href"] == '?atom="1"&page=2'


def test_the_longest_chain_is_bordered_and_cycles_are_dotted() -> None:
    squares = [Square("a", 1, "function"), Square("b", 2, "class"), Square("c", 2, "class")]
    root = ElementTree.fromstring(draw(squares, chain=["a", "b", "gone"], tied={"c", "gone"}))
    assert len(root.findall(f"{SVG}rect")) == 2
    assert len(root.findall(f"{SVG}circle")) == 1


def test_a_legend_names_the_colours_that_are_there() -> None:
    squares = [Square("a", 1, "function"), Square("b", 2, "class")]
    assert {"function", "class"} <= set(labels(draw(squares, legend=True)))
    assert labels(draw(squares)) == ["wave 1 · 1", "wave 2 · 1"]
