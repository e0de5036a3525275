"""Putting a new text in an atom's slot, cutting it anew where it is too long, taking that back."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from atomization.decomposer import AtomKind
from atomization.models import AtomicUnit, SourceFile
from atomization.parser import Language
from atomization.services.errors import AtomizationError
from atomization.services.import_blocks import merge_into_import_blocks
from atomization.services.recutting import recut
from atomization.services.retiring import retire
from devmatrix.accounts.models import User
from devmatrix.masterplans.models import MasterPlan


@transaction.atomic
def put_code(
    *,
    atom: AtomicUnit,
    code: str,
    author: AtomicUnit.Author,
    imports: Sequence[str] = (),
    model: str = "",
    reviewer: User | None = None,
) -> None:
    """Put `code` in the atom's slot and the imports it asks for into the file's import blocks.

    Two at work on one file come one after the other, so that neither's imports are lost.
    """
    list(SourceFile.objects.select_for_update().filter(pk=atom.source_file_id).values_list("pk"))
    if imports:
        merge_into_import_blocks(atom, imports, Language(atom.language))
    AtomicUnit.objects.filter(pk=atom.pk).update(
        code=code, author=author, model=model, reviewer=reviewer, version=F("version") + 1
    )
    atom.refresh_from_db()


@transaction.atomic
def replace_code(
    *,
    atom: AtomicUnit,
    code: str,
    author: AtomicUnit.Author,
    imports: Sequence[str] = (),
    model: str = "",
    reviewer: User | None = None,
) -> list[AtomicUnit]:
    """Put `code` and imports in their places, and give the atom the measures of its new text.

    A text over the hard limit is atomized again into sub-atoms; those that an earlier text had,
    too, are the same rows again. Returns the atoms that hold the text now, the given one first;
    all have the status of the given one.
    """
    put_code(atom=atom, code=code, author=author, imports=imports, model=model, reviewer=reviewer)
    return recut(atom)


@transaction.atomic
def rejoin(*, atom: AtomicUnit) -> AtomicUnit:
    """Undo an earlier split: take the text of the atom's parts back into it and return it.

    The parts are retired, for a text that holds them again makes them the same atoms again. A
    class takes back no methods, which are made on their own. Raises AtomizationError.
    """
    parts = _parts(atom)
    if not parts:
        return atom
    code = atom.code + "".join(part.code for part in parts)
    retire(parts)
    AtomicUnit.objects.filter(pk=atom.pk).update(code=code, version=F("version") + 1)
    MasterPlan.objects.filter(pk=atom.masterplan_id).update(
        total_atoms=F("total_atoms") - len(parts)
    )
    atom.refresh_from_db()
    return atom


def _parts(atom: AtomicUnit) -> list[AtomicUnit]:
    """Return the atoms that an atom was split into, in order, those nested in them included."""
    inside = {atom.pk}
    parts: list[AtomicUnit] = []
    for row in atom.source_file.atoms.filter(position__gt=atom.position).order_by("position"):
        own = atom.kind != AtomKind.CLASS or row.kind == AtomKind.BLOCK
        if row.parent_id not in inside or not own:
            break
        inside.add(row.pk)
        parts.append(row)
    if atom.children.filter(kind=AtomKind.BLOCK.value).exclude(pk__in=inside).exists():
        raise AtomizationError(
            f"{atom.name} holds nested definitions of their own; regenerate those instead."
        )
    return parts
