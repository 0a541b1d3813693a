"""
What a search does not bring although a prefetch of the fixtures holds it, with the reason.

It holds for every server alike: no template was found that one of them does not honour. A
difference of one server would stand here under its name.
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
