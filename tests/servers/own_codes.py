"""A hospital's own codes, listed in its policy, are found on a real server: its signs too."""

from typing import Final

import pytest

from cds_hooks.fhir.prefetch import templates
from rules import codes
from rules.local_codes import LocalCode
from rules.policy import Policy
from rules.site_rules import SiteRules
from tests.build import reference
from tests.servers.charts import chart
from tests.servers.differences import NOT_FOUND
from tests.servers.reading import Whole, read_whole
from tests.servers.running import FhirServer

HOSPITAL: Final = "https://labs.eilean.example"

# Prefetch key → the Observations of `local-codes-only`, their codes, and what those stand for.
OWN: Final = [
    ("labs", "creatinine-1", LocalCode(f"{HOSPITAL}/tests", "CREA", codes.CREATININE.name)),
    ("labs", "potassium-1", LocalCode(f"{HOSPITAL}/tests", "K", codes.POTASSIUM.name)),
    ("vitals", "temperature-1", LocalCode(f"{HOSPITAL}/vitals", "TMP", codes.TEMPERATURE.name)),
    ("performance", "ecog-1", LocalCode(f"{HOSPITAL}/clinical", "PS01", codes.ECOG.name)),
    ("function", "glasgow-1", LocalCode(f"{HOSPITAL}/clinical", "NEU15", codes.GLASGOW.name)),
    ("function", "fev1-1", LocalCode(f"{HOSPITAL}/lungs", "S1", codes.FEV1.name)),
]

# Signs that mean something in a search, in an address, or in both.
ODD: Final = (
    *("KREA,S", "KREA|S", "KREA$S", "KREA\\S", "KREA\\,S"),
    *("KREA S", "KREA+S", "KREA&S", "KREA=S", "KREA%2C", "KREA#S", "KREA?S", "KREA/S", "KRÉA"),
)


def search(server: FhirServer, key: str, patient_id: str, *own: LocalCode) -> Whole:
    """The query of a key, as a policy with these codes has it."""
    template = templates(SiteRules(Policy(local_codes=own)))[key]
    return read_whole(server, template.replace("{{context.patientId}}", patient_id))


@pytest.mark.parametrize(("key", "id_", "own"), OWN)
def test_a_policy_brings_what_bears_a_hospitals_own_code(
    server: FhirServer, key: str, id_: str, own: LocalCode
) -> None:
    patient_id = chart("local-codes-only").patient_id
    asked = f"Observation/{patient_id}-{id_}"
    without = {reference(one) for one in search(server, key, patient_id).matches}
    with_it = {reference(one) for one in search(server, key, patient_id, own).matches}
    assert asked not in without
    assert with_it == without | {asked}


@pytest.mark.parametrize("code", ODD)
@pytest.mark.parametrize("system", ["urn:oid:2.999.7", "https://labs.example/list?of=a&b=1,2"])
def test_a_code_is_found_whatever_signs_it_has(server: FhirServer, code: str, system: str) -> None:
    number = f"{ODD.index(code)}-{len(system)}"
    patient_id, id_ = f"signs-{number}", f"creatinine-{number}"
    patient = {"resourceType": "Patient", "id": patient_id}
    result = {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"coding": [{"system": system, "code": code}]},
    }
    assert server.send("PUT", f"Patient/{patient_id}", patient).status_code == 201
    assert server.send("PUT", f"Observation/{id_}", result).status_code == 201
    own = LocalCode(system, code, codes.CREATININE.name)
    found = search(server, "labs", patient_id, own).matches
    expected = [] if code in NOT_FOUND[server.name] else [id_]
    assert [one["id"] for one in found] == expected
