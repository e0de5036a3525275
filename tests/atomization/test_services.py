"""Files as rows of atoms: not a byte lost, no name or place taken twice, whatever is put in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from atomization.models import AtomicUnit, SourceFile
from atomization.selectors import assembled
from atomization.services import (
    MAX_ATOMIZED_BYTES,
    AtomizationError,
    atom_name,
    describe,
    put_code,
    rejoin,
    replace_code,
    store_file,
)
from devmatrix.masterplans.models import MasterPlan
from tests.factories import atom_named, make_file, make_masterplan

pytestmark = pytest.mark.django_db

Author, Status = AtomicUnit.Author, AtomicUnit.Status
PATH = "pkg/shapes.py"
AREA = '''def area(side: int) -> int:
    """Give a square's area."""
    raise NotImplementedError
'''
EDGE = '''

def edge(area: int) -> float:
    """Give a square's side."""
    raise NotImplementedError
'''
LONG = "def area(side: int) -> int:\n" + "".join(f"    n{i} = {i}\n" for i in range(40))


@pytest.fixture
def plan() -> MasterPlan:
    return make_masterplan("shapes")


def stored(plan: MasterPlan, content: bytes, path: str = PATH) -> SourceFile:
    return store_file(masterplan=plan, path=path, content=content, author=Author.IMPORTED)


def text_of(plan: MasterPlan, path: str = PATH) -> str:
    return assembled(plan)[path].decode()


def area(plan: MasterPlan) -> AtomicUnit:
    return atom_named(plan, f"{PATH}::area")


def replace(atom: AtomicUnit, code: str, *imports: str) -> list[AtomicUnit]:
    return replace_code(atom=atom, code=code, author=Author.MODEL, imports=imports)


def in_order(plan: MasterPlan) -> list[tuple[str, str]]:
    rows = AtomicUnit.objects.filter(masterplan=plan).order_by("source_file", "position")
    return list(rows.values_list("kind", "name"))


# --- storing


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.py", AREA.encode()),
        ("a.py", b""),
        ("a.py", b"\n\n\n"),
        ("a.py", b"x = 1"),
        ("a.py", b"\xef\xbb\xbfx = 1\r\n\r\ny = 2\r"),
        ("a.py", b"# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n"),
        ("a.py", b"x = '\x00'\n\x00\x00\ndef f(:\n"),
        ("a.py", "x = '\U0010fffd\U0010fffe\ue000'\n".encode()),
        ("a.py", b"\xff\xfe\x00x\x00"),
        ("a.py", b"def f():\n\tpass\n  broken"),
        ("a.ts", "export const ü: string = `\x00`;\n".encode() + b"\xe9"),
        ("a.jsx", b"const a = <b>caf\xe9</b>"),
        ("LICENSE", b"\x00\xe9\r\n"),
        ("logo.png", bytes(range(256))),
    ],
)
def test_every_byte_comes_back_from_the_database(
    plan: MasterPlan, path: str, content: bytes
) -> None:
    stored(plan, content, path)
    assert assembled(plan) == {path: content}


def test_a_file_over_the_limit_is_kept_as_bytes_and_says_so(plan: MasterPlan) -> None:
    content = b"x = 1\n" * (MAX_ATOMIZED_BYTES // 6 + 1)
    file = stored(plan, content)
    assert (file.language, file.atoms.count()) == ("", 0)
    assert "too large" in file.note
    assert assembled(plan)[PATH] == content


def test_a_link_is_no_source_even_with_the_name_of_one(plan: MasterPlan) -> None:
    mode = SourceFile.Mode.LINK
    store_file(masterplan=plan, path=PATH, content=b"other.py", author=Author.IMPORTED, mode=mode)
    assert not plan.atoms.exists()


def test_storing_a_path_again_replaces_the_file(plan: MasterPlan) -> None:
    stored(plan, b"x = 1\n")
    stored(plan, b"y = 2\n")
    assert assembled(plan) == {PATH: b"y = 2\n"}
    assert plan.files.count() == 1


def test_a_path_that_no_column_holds_is_refused_by_name(plan: MasterPlan) -> None:
    with pytest.raises(AtomizationError, match="500 characters"):
        stored(plan, b"", "p/" * 251)


def test_names_and_places_are_unique_however_often_a_name_is_bound(plan: MasterPlan) -> None:
    stored(plan, b"def f(): ...\n" * 5 + b"f = 1\n" * 3)
    atoms = plan.atoms.all()
    assert len({atom.name for atom in atoms}) == len(atoms) >= 6
    assert len({atom.position for atom in atoms}) == len(atoms)


def test_names_too_long_for_the_column_stay_different() -> None:
    first, second = atom_name("x" * 301 + "a"), atom_name("x" * 301 + "b")
    assert first != second
    assert len(first) == len(second) == 300
    assert atom_name("short") == "short"


def test_two_functions_with_endless_names_can_be_stored(plan: MasterPlan) -> None:
    name = "n" * 400
    content = f"def {name}a(): ...\n\n\ndef {name}b(): ...\n".encode()
    stored(plan, content)
    assert assembled(plan)[PATH] == content


def test_who_wrote_a_file_decides_what_has_to_be_filled(plan: MasterPlan) -> None:
    done = "\n\ndef done() -> int:\n    return 1\n"
    make_file(plan, PATH, AREA + done)
    stored(plan, (AREA + done).encode(), "imported.py")
    rows = plan.atoms.values_list("source_file__path", "name", "status", "needs_body", "author")
    assert set(rows) == {
        (PATH, "area", "pending", True, "nobody"),
        (PATH, "done", "accepted", False, "skeleton"),
        ("imported.py", "area", "pending", False, "imported"),
        ("imported.py", "done", "pending", False, "imported"),
    }


# --- replacing


def test_an_atoms_text_is_replaced_and_nothing_else(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA + EDGE)
    new = AREA.replace("raise NotImplementedError", "return side * side")
    [atom] = replace(area(plan), new)
    assert text_of(plan) == new + EDGE
    assert (atom.author, atom.version, atom.skeleton) == (Author.MODEL, 2, AREA)


def test_its_measures_follow_the_new_text(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA + EDGE)
    branches = "    if side < 0:\n        return 0\n    return side * side\n"
    new = AREA.replace("    raise NotImplementedError\n", branches)
    [atom] = replace(area(plan), new)
    before = area(plan)
    assert (atom.loc, atom.complexity) == (before.loc, before.complexity) == (4, 2)


def test_a_change_that_others_made_meanwhile_is_kept(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA)
    atom = area(plan)
    AtomicUnit.objects.filter(pk=atom.pk).update(cost_usd=1, status=Status.ACCEPTED)
    replace(atom, AREA.replace("raise NotImplementedError", "return side"))
    assert (area(plan).cost_usd, area(plan).status) == (1, Status.ACCEPTED)


def test_imports_are_merged_into_the_import_block(plan: MasterPlan) -> None:
    make_file(plan, PATH, "import os\n\n" + AREA)
    replace(area(plan), AREA, "import math", "import os")
    assert text_of(plan) == "import os\nimport math\n" + AREA
    assert in_order(plan) == [("import", "imports"), ("function", "area")]


def many(first: int, last: int) -> str:
    return "".join(f"import m{number}\n" for number in range(first, last))


def test_imports_go_into_the_last_block_at_the_top(plan: MasterPlan) -> None:
    future = "from __future__ import annotations\n"
    make_file(plan, PATH, many(0, 20) + AREA)
    names = [name for kind, name in in_order(plan) if kind == "import"]
    assert len(names) == 2
    replace(area(plan), AREA, "import n", future.strip(), "import m3")
    assert text_of(plan) == future + many(0, 20) + "import n\n" + AREA
    assert [name for kind, name in in_order(plan) if kind == "import"] == names


def test_a_full_import_block_gets_a_successor(plan: MasterPlan) -> None:
    make_file(plan, PATH, many(0, 8) + AREA)
    MasterPlan.objects.update(total_atoms=plan.atoms.count())
    replace(area(plan), AREA, *many(8, 17).splitlines())
    blocks = plan.atoms.filter(kind="import").order_by("position")
    assert [(block.name, block.loc, block.status) for block in blocks] == [
        ("imports", 15, "accepted"),
        ("imports#2", 2, "accepted"),
    ]
    replace(area(plan), AREA, "import p")
    assert plan.atoms.get(name="imports#2").loc == 3
    assert text_of(plan) == many(0, 17) + "import p\n" + AREA
    plan.refresh_from_db()
    assert plan.total_atoms == plan.atoms.count()


def test_an_import_block_at_the_end_takes_nothing(plan: MasterPlan) -> None:
    make_file(plan, PATH, "import a\n" + AREA + "\n\nimport late\n")
    replace(area(plan), AREA, "import n")
    assert text_of(plan).startswith("import a\nimport n\n")


def test_where_no_place_is_left_a_block_grows_over_the_limit(plan: MasterPlan) -> None:
    make_file(plan, PATH, many(0, 8) + AREA)
    block = plan.atoms.get(name="imports")
    plan.atoms.filter(name="area").update(position=block.position + 1)
    replace(area(plan), AREA, *many(8, 17).splitlines())
    assert text_of(plan) == many(0, 17) + AREA
    assert plan.atoms.get(name="imports").loc == 17


def test_a_file_without_imports_gets_a_block_behind_its_docstring(plan: MasterPlan) -> None:
    make_file(plan, PATH, '"""Shapes."""\n\n\n' + AREA)
    MasterPlan.objects.update(total_atoms=2)
    replace(area(plan), AREA, "import math")
    text = text_of(plan)
    assert text.startswith('"""Shapes."""\n')
    assert text.index("import math") < text.index("def area")
    compile(text, PATH, "exec")
    plan.refresh_from_db()
    assert plan.total_atoms == plan.atoms.count() == 3


def test_a_block_of_imports_stands_before_the_first_statement(plan: MasterPlan) -> None:
    make_file(plan, PATH, "x = 1\n# about nothing\n\n\n# a head\n\n" + AREA + "\n\n# the end\n")
    replace(area(plan), AREA, "import math")
    assert text_of(plan).index("import math") < text_of(plan).index("x = 1")


def test_a_function_called_imports_is_no_import_block(plan: MasterPlan) -> None:
    function = "def imports() -> int:\n    return 1\n\n\n"
    make_file(plan, PATH, function + AREA)
    replace(area(plan), AREA, "import math")
    assert text_of(plan) == "import math\n\n" + function.rstrip("\n") + "\n" + AREA
    replace(area(plan), AREA, "import os")
    assert text_of(plan).startswith("import math\nimport os\n")


def test_a_long_text_is_cut_into_blocks_that_are_the_text(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA + EDGE)
    atoms = replace(area(plan), LONG)
    assert text_of(plan) == LONG + EDGE
    assert [atom.name for atom in atoms][:2] == ["area", "area#block2"]
    assert {atom.parent_id for atom in atoms[1:]} == {atoms[0].pk}
    assert all(atom.loc <= 15 for atom in atoms)


def test_a_long_text_can_be_cut_again_and_again(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA + EDGE)
    for value in range(3):
        replace(area(plan), LONG.replace("n1 = 1", f"n1 = {value}"))
        assert rejoin(atom=area(plan)).code == LONG.replace("n1 = 1", f"n1 = {value}")
    assert text_of(plan) == LONG.replace("n1 = 1", "n1 = 2") + EDGE


def test_a_new_nested_name_takes_no_name_that_is_there(plan: MasterPlan) -> None:
    """The second `area` bears the name that the first one's own would get when cut."""
    make_file(plan, PATH, "class area:\n    side = 1\n\n\n" + AREA + EDGE)
    second = plan.atoms.get(name__startswith="area", kind="function")
    atoms = replace(second, LONG)
    assert len(atoms) > 1
    assert text_of(plan).count("def area") == 1
    assert text_of(plan).endswith(LONG + EDGE)


def test_text_put_in_place_stays_one_piece(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA + EDGE)
    put_code(atom=area(plan), code=LONG, author=Author.MODEL)
    assert text_of(plan) == LONG + EDGE
    assert not area(plan).children.exists()


def test_rejoining_counts_atoms_and_nothing_else(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA + EDGE)
    MasterPlan.objects.update(total_atoms=2)
    replace(area(plan), LONG)
    rejoin(atom=area(plan))
    plan.refresh_from_db()
    assert plan.total_atoms == plan.atoms.count() == 2


def test_rejoining_a_whole_atom_changes_nothing(plan: MasterPlan) -> None:
    make_file(plan, PATH, AREA)
    assert rejoin(atom=area(plan)).version == 1


# --- describing


def test_a_description_is_kept_with_every_atom(plan: MasterPlan) -> None:
    make_file(plan, PATH, "import math\n\n\n" + AREA + EDGE)
    describe(masterplan=plan)
    plan.refresh_from_db()
    assert plan.total_atoms == 3
    for atom in plan.atoms.all():
        assert len(atom.criteria) == 10
        assert 0 <= atom.context_completeness <= 1
        assert "contracts" in atom.context


def test_what_no_json_column_holds_can_be_described(plan: MasterPlan) -> None:
    stored(plan, b"def f(a='\x00', b='caf\xe9'):\n    '''Say \\0 \x00 \xe9.'''\n    return a\n")
    describe(masterplan=plan)
    assert "\x00" not in str(plan.atoms.get().contract)


def test_describing_costs_the_same_statements_for_many_files(
    plan: MasterPlan, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(12):
        make_file(plan, f"pkg/m{number}.py", AREA + EDGE)
    with django_assert_max_num_queries(8):
        describe(masterplan=plan)
