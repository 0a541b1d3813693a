"""
What a search does not bring although a prefetch of the fixtures holds it, with the reason.

The first two hold for every server alike: both servers honour every template.
"""

from collections.abc import Mapping
from typing import Final

# Resource type → the key under which a prefetch may hold it. A search for Observations or
# MedicationRequests brings neither: each is read by the reference to it.
REFERRED_TO: Final[Mapping[str, str]] = {
    "BodyStructure": "function",
    "Medication": "medicines",
}

# Chart → keys whose Observations bear only a hospital's own codes. The published templates do not
# ask for those; with a policy that lists them they would.
NOT_ASKED_FOR: Final[Mapping[str, frozenset[str]]] = {
    "local-codes-only": frozenset({"labs", "vitals", "function"}),
}

# Server → codes of a hospital that it does not find.
NOT_FOUND: Final[Mapping[str, frozenset[str]]] = {
    # It takes the escapes of a token away twice: `\\\,` becomes `\,` and then a comma alone.
    "sekmet": frozenset({"KREA\\,S"}),
    "hapi": frozenset(),
}
