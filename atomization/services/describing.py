"""Context, completeness and criteria of all atoms of a masterplan."""

from functools import partial
from typing import Final

from django.conf import settings

from atomization.atom_service import AtomService
from atomization.models import AtomicUnit
from atomization.parser import Language
from atomization.project import atom_key
from atomization.selectors import assembled_files
from atomization.services.columns import atom_name, storable
from atomization.type_facts import project_types
from devmatrix.masterplans.models import MasterPlan

_MYPY_SECONDS: Final = 120.0


def describe(*, masterplan: MasterPlan) -> None:
    """Compute context, completeness and the ten criteria of every atom of the masterplan."""
    service = AtomService()
    files = [
        service.atomize(content, Language(file.language), path=file.path)
        for file, content in assembled_files(masterplan)
        if file.language
    ]
    view = partial(project_types, cache=settings.DEVMATRIX["TYPES"], seconds=_MYPY_SECONDS)
    described = service.describe(files, view=view)
    found = {
        atom_key(file.path, atom_name(slot.name)): described[atom_key(file.path, slot.name)]
        for file in files
        for slot in file.slots
    }
    atoms = list(masterplan.atoms.select_related("source_file").defer("source_file__raw"))
    changed = []
    for atom in atoms:
        description = found.get(atom_key(atom.source_file.path, atom.name))
        if description is None:
            continue
        atom.context = storable(description.context)
        atom.context_completeness = min(1.0, max(0.0, description.context.completeness))
        atom.criteria = [storable(item) for item in description.criteria]
        changed.append(atom)
    fields = ["context", "context_completeness", "criteria"]
    AtomicUnit.objects.bulk_update(changed, fields, batch_size=200)
    MasterPlan.objects.filter(pk=masterplan.pk).update(total_atoms=len(atoms))
