"""The services that discovery lists (DSC-1 to DSC-13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cds_hooks.fhir.prefetch import gate_templates, templates
from rules.site_rules import PUBLISHED, SiteRules


@dataclass(frozen=True, slots=True)
class Service:
    """One CDS service."""

    id: str
    hook: str
    title: str
    description: str


PATIENT_VIEW = Service(
    id="il2-patient-view",
    hook="patient-view",
    title="High-dose IL-2 in advanced melanoma",
    description=(
        "Reads the chart of a patient with advanced melanoma against the published eligibility "
        "and risk rules for high-dose interleukin-2 (aldesleukin), brain metastases included, "
        "and names what speaks against, what is missing and what a clinician must confirm. "
        "Advice only; no card where it does not matter."
    ),
)
SERVICES = (PATIENT_VIEW,)
HOOKS = frozenset(service.hook for service in SERVICES)

_USAGE = (
    "Required are the patient, and the problem list and encounter diagnoses (one of them is enough "
    "if it holds a melanoma), from the prefetch or from fhirServer with the token, else the answer "
    "is 412; what else is missing is named on the card as unknown. FHIR R4."
)
_USAGE_OF: Mapping[str, str] = {
    "full": "Works on the prefetch; what is missing is read from fhirServer, if the site allows "
    "that server. ",
    "gate": "Asks in advance only for what shows whether the patient may have melanoma, and reads "
    "the rest from fhirServer for the few. Without access to that server nearly everything on "
    "their cards is unknown. ",
}


@lru_cache(maxsize=4)  # a policy in force, and one that it replaces
def discovery(rules: SiteRules = PUBLISHED, asked: str = "full") -> dict[str, Any]:
    """The answer of `GET /cds-services`, the same each time; `asked`: `fhir.prefetch`."""
    return {
        "services": [
            {
                "hook": service.hook,
                "title": service.title,
                "description": service.description,
                "id": service.id,
                "version": "2.0.1",
                "prefetch": gate_templates(rules) if asked == "gate" else templates(rules),
                "usageRequirements": _USAGE_OF[asked] + _USAGE,
            }
            for service in SERVICES
        ]
    }


def by_id(id_: str) -> Service | None:
    """The service of this id, if there is one."""
    return next((service for service in SERVICES if service.id == id_), None)
