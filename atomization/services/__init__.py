"""Storing source files as atoms, describing the atoms, and replacing the text of one."""

from atomization.services.columns import atom_name, storable, storable_text
from atomization.services.describing import describe
from atomization.services.errors import AtomizationError
from atomization.services.replacing import put_code, rejoin, replace_code
from atomization.services.retiring import discard, retire
from atomization.services.storing import MAX_ATOMIZED_BYTES, remove_file, store_file

__all__ = [
    "MAX_ATOMIZED_BYTES",
    "AtomizationError",
    "atom_name",
    "describe",
    "discard",
    "put_code",
    "rejoin",
    "remove_file",
    "replace_code",
    "retire",
    "storable",
    "storable_text",
    "store_file",
]
