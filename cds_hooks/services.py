"""The services that discovery lists (DSC-1 to DSC-13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cds_hooks.fhir.prefetch import gate_templates, templates
from cds_hooks.protocol.request import ORDER_HOOKS, ORDER_SELECT, ORDER_SIGN
from rules.chart import Query
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
_ON_ORDERS = (
    "Speaks only where an order of aldesleukin is being drafted: checks its dose, route, schedule "
    "and setting against the label, and the chart against the published eligibility and risk "
    "rules for high-dose interleukin-2 in advanced melanoma. Advice only, never a dose."
)
ORDER_SELECT_SERVICE = Service(
    id="il2-order-select",
    hook=ORDER_SELECT,
    title="High-dose IL-2: an order is chosen",
    description=_ON_ORDERS,
)
ORDER_SIGN_SERVICE = Service(
    id="il2-order-sign",
    hook=ORDER_SIGN,
    title="High-dose IL-2: an order is signed",
    description=_ON_ORDERS,
)
SERVICES = (PATIENT_VIEW, ORDER_SELECT_SERVICE, ORDER_SIGN_SERVICE)
HOOKS = frozenset(service.hook for service in SERVICES)

_USAGE = (
    "Required are the patient, and the problem list and encounter diagnoses (one of them is enough "
    "if it holds a melanoma), from the prefetch or from fhirServer with the token, else the answer "
    "is 412; what else is missing is named on the card as unknown. FHIR R4."
)
_USAGE_ON_ORDERS = (
    "Required are context.draftOrders, and the patient from the prefetch or from fhirServer with "
    "the token, else the answer is 412; what else is missing is named on the card as unknown. "
    "Without a draft for aldesleukin nothing is read and no card comes. FHIR R4."
)
_FULL = (
    "Works on the prefetch; what is missing is read from fhirServer, if the site allows "
    "that server. "
)
_GATE = (
    "Asks in advance only for what shows whether the patient may have melanoma, and reads "
    "the rest from fhirServer for the few. Without access to that server nearly everything on "
    "their cards is unknown. "
)
_GATE_ON_ORDERS = (
    "Asks in advance for the patient only, and reads the rest from fhirServer where aldesleukin is "
    "drafted. Without access to that server nearly everything on its cards is unknown. "
)


def _usage(service: Service, asked: str) -> str:
    if service.hook in ORDER_HOOKS:
        return (_GATE_ON_ORDERS if asked == "gate" else _FULL) + _USAGE_ON_ORDERS
    return (_GATE if asked == "gate" else _FULL) + _USAGE


def _prefetch(service: Service, asked: str, rules: SiteRules) -> Mapping[str, str]:
    if asked != "gate":
        return templates(rules)
    if service.hook in ORDER_HOOKS:
        return {Query.PATIENT.value: templates(rules)[Query.PATIENT.value]}
    return gate_templates(rules)


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
                "prefetch": _prefetch(service, asked, rules),
                "usageRequirements": _usage(service, asked),
            }
            for service in SERVICES
        ]
    }


def by_id(id_: str) -> Service | None:
    """The service of this id, if there is one."""
    return next((service for service in SERVICES if service.id == id_), None)
