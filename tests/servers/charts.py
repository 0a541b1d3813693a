"""
The charts of the fixtures as one server can hold them all: ids that no two patients share.

A patient keeps the id; everything else gets the patient's id in front of its own.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from cds_hooks.fhir.prefetch import templates
from tests.build import Resource, prefetch_of, reference
from tests.servers.running import FhirServer

CHARTS: Final = Path(__file__).parents[2] / "fixtures" / "charts"
NAMES: Final = tuple(sorted(path.stem for path in CHARTS.glob("*.json")))
_ID_LENGTH: Final = 64  # FHIR R4, the type `id`


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient and all that is known of them."""

    patient_id: str
    resources: tuple[Resource, ...]

    def prefetch(self) -> Resource:
        """What an EHR would send along of it."""
        return prefetch_of(*self.resources)

    def queries(self) -> Mapping[str, str]:
        """Prefetch key → the query of our template, for this patient."""
        return {
            key: template.replace("{{context.patientId}}", self.patient_id)
            for key, template in templates().items()
        }

    def transaction(self, base: str) -> Resource:
        """One Bundle that puts all of it where it belongs."""
        entries = [
            {
                "fullUrl": f"{base}/{reference(one)}",
                "resource": one,
                "request": {"method": "PUT", "url": reference(one)},
            }
            for one in self.resources
        ]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


@cache
def chart(name: str) -> Chart:
    """A chart of the fixtures."""
    entries = json.loads((CHARTS / f"{name}.json").read_bytes())["entry"]
    resources = [entry["resource"] for entry in entries]
    (patient_id,) = (one["id"] for one in resources if one["resourceType"] == "Patient")
    renamed: dict[str, str] = {}
    for entry in entries:
        one = entry["resource"]
        new = one["id"] if one["resourceType"] == "Patient" else f"{patient_id}-{one['id']}"
        assert len(new) <= _ID_LENGTH, new
        renamed[reference(one)] = f"{one['resourceType']}/{new}"
        renamed[entry.get("fullUrl", "")] = renamed[reference(one)]
    moved = (_moved(one, renamed) for one in resources)
    return Chart(
        patient_id,
        tuple(one | {"id": renamed[reference(one)].partition("/")[2]} for one in moved),
    )


def _moved(value: Any, renamed: Mapping[str, str]) -> Any:
    """The same, its references changed to the new ids."""
    if isinstance(value, list):
        return [_moved(one, renamed) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: renamed.get(one, one)
        if key == "reference" and isinstance(one, str)
        else _moved(one, renamed)
        for key, one in value.items()
    }


def load(server: FhirServer) -> None:
    """Every chart, a transaction each."""
    for name in NAMES:
        one = chart(name)
        answer = server.send("POST", "", one.transaction(server.base))
        assert answer.status_code == 200, f"{name}: {answer.status_code} {answer.text[:2000]}"
        refused = [
            entry["response"]
            for entry in answer.json()["entry"]
            if not entry["response"]["status"].startswith(("200", "201"))
        ]
        assert not refused, f"{name}: {refused[:3]}"
