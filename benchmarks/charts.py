"""The charts that are read, as a request brings them and as a FHIR server holds them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cds_hooks.fhir.prefetch import for_patient, templates
from tests.build import prefetch_of, reference

Json = dict[str, Any]
CHARTS: Final = Path(__file__).parents[1] / "fixtures" / "charts"
HOOK: Final = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"


@dataclass(frozen=True, slots=True)
class Chart:
    """A patient and all that is known of them."""

    patient_id: str
    resources: tuple[Json, ...]

    def called(self, patient_id: str) -> "Chart":
        """The same chart of somebody else."""
        words = json.dumps(self.resources).replace(f'"{self.patient_id}"', f'"{patient_id}"')
        words = words.replace(f'"Patient/{self.patient_id}"', f'"Patient/{patient_id}"')
        return Chart(patient_id, tuple(json.loads(words)))

    def prefetch(self) -> Json:
        """What an EHR sends of it: searches bring no Medication and no BodyStructure."""
        return prefetch_of(*(one for one in self.resources if not _is_pointed_to(one)))

    def answers(self) -> Mapping[str, object]:
        """Query → what a FHIR server answers."""
        held = self.prefetch()
        searches = {
            for_patient(template, self.patient_id): held[key]
            for key, template in templates().items()
            if held.get(key) is not None
        }
        return searches | {reference(one): one for one in self.resources if _is_pointed_to(one)}

    def request(self, prefetch: Mapping[str, object], fhir_server: str | None = None) -> bytes:
        """A patient-view call."""
        server = {} if fhir_server is None else {"fhirServer": fhir_server}
        context = {"userId": "Practitioner/1", "patientId": self.patient_id}
        fields = {"hook": "patient-view", "hookInstance": HOOK, "context": context, **server}
        return json.dumps(fields | {"prefetch": dict(prefetch)}).encode()


def chart(name: str) -> Chart:
    """A chart of the fixtures."""
    entries = json.loads((CHARTS / f"{name}.json").read_bytes())["entry"]
    resources = tuple(entry["resource"] for entry in entries)
    (patient_id,) = (one["id"] for one in resources if one["resourceType"] == "Patient")
    return Chart(patient_id, resources)


def with_medications_apart(whole: Chart) -> Chart:
    """The same, each drug in a Medication of its own, as some EHRs keep them."""
    resources: list[Json] = []
    for one in whole.resources:
        if (concept := one.get("medicationCodeableConcept")) is None:
            resources.append(one)
            continue
        drug: Json = {"resourceType": "Medication", "id": f"drug-{one['id']}", "code": concept}
        resources.append(drug)
        kept = {key: value for key, value in one.items() if key != "medicationCodeableConcept"}
        resources.append(kept | {"medicationReference": {"reference": reference(drug)}})
    return Chart(whole.patient_id, tuple(resources))


def _is_pointed_to(one: Mapping[str, object]) -> bool:
    return one["resourceType"] in ("Medication", "BodyStructure")
