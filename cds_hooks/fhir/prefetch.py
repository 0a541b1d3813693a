"""
The prefetch templates: what the EHR is asked to send along (`fhir-notes.md`, section 3).

Which keys are asked for follows from what the criteria read; the codes come from their value
sets, and from a site's own codes for them. One category a key, no `_sort`, no `_include`, each
parameter once.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from rules import codes
from rules.chart import Query
from rules.local_codes import LocalCode
from rules.site_rules import PUBLISHED, SiteRules

_ID = "{{context.patientId}}"
_P = f"patient={_ID}"
_FIXED = {
    Query.PATIENT: f"Patient/{_ID}",
    Query.PROBLEMS: f"Condition?{_P}&category=problem-list-item",
    Query.ENCOUNTER_DIAGNOSES: f"Condition?{_P}&category=encounter-diagnosis",
    Query.IMAGING_OBSERVATIONS: f"Observation?{_P}&category=imaging",
    Query.IMAGING: f"DiagnosticReport?{_P}&category={codes.LOINC}|LP29684-5",
    Query.PROCEDURES: f"Procedure?{_P}",
    Query.MEDICINES: f"MedicationRequest?{_P}&intent=order,plan",
    Query.GIVEN: f"MedicationAdministration?{_P}",
    Query.ALLERGIES: f"AllergyIntolerance?{_P}",
    Query.STAYS: f"Encounter?{_P}",
    Query.SOCIAL: f"Observation?{_P}&category=social-history",
    Query.HEART_AND_LUNG: f"DiagnosticReport?{_P}&category={codes.LOINC}|LP29708-2",
    Query.DEVICES: f"Device?{_P}",
    Query.ORDERS: f"ServiceRequest?{_P}",
}
# LOINC answers are values, never the code of an Observation.
_LOINC_ANSWER = f"{codes.LOINC}|LA"
# The gate stands on these, whatever the criteria read.
_GATE = (
    Query.PATIENT,
    Query.PROBLEMS,
    Query.ENCOUNTER_DIAGNOSES,
    Query.STAGE,
    Query.PROCEDURES,
    Query.MEDICINES,
    Query.STAYS,
)


@lru_cache(maxsize=4)  # a policy in force, and one that it replaces
def templates(rules: SiteRules = PUBLISHED) -> Mapping[str, str]:
    """Key → template, in the order of `Query`, for the setting `full`."""
    read = {query for one in rules.criteria for query, _ in one.check.reads} | set(_GATE)
    return {query.value: _template(query, rules) for query in Query if query in read}


# For servers that insist on a category (fhir-servers.md, "What to build for"). The stage, and what
# `function` asks for, many sites file under none that is ours.
_CATEGORIES: Final = {
    Query.LABS: "laboratory",
    Query.VITALS: "vital-signs",
    Query.PERFORMANCE: "survey",
}


def by_category(query: Query) -> str | None:
    """A template that asks for the category in place of the codes, where there is one."""
    category = _CATEGORIES.get(query)
    return f"Observation?{_P}&category={category}" if category else None


def for_patient(template: str, patient_id: str) -> str:
    """The query that a template makes for a patient."""
    return template.replace(_ID, patient_id)


# What shows whether the patient may be ours (fhir-notes.md, section 3, the setting `gate`).
GATE: Final = (Query.PATIENT, Query.PROBLEMS, Query.ENCOUNTER_DIAGNOSES, Query.MEDICINES)


@lru_cache(maxsize=4)
def gate_templates(rules: SiteRules = PUBLISHED) -> Mapping[str, str]:
    """The templates of the setting `gate`: the rest is read from the FHIR server for the few."""
    whole = templates(rules)
    return {query.value: whole[query.value] for query in GATE}


def _template(query: Query, rules: SiteRules) -> str:
    if query in _FIXED:
        return _FIXED[query]
    sets = sorted(
        {s.name for one in rules.criteria for asked, s in one.check.reads if asked is query and s}
    )
    tokens = [
        token
        for name in sets
        for token in codes.value_set(name).tokens(codes.LOINC, codes.SNOMED)
        if not token.startswith(_LOINC_ANSWER)
    ]
    own = [_own_token(one) for one in rules.policy.local_codes if one.means in sets]
    return f"Observation?{_P}&code={','.join(dict.fromkeys(tokens + own))}"


def _own_token(local: LocalCode) -> str:
    """A site's code as the site writes it, safe in a search and in an address."""
    return f"{quote(_escaped(local.system), safe=':/')}|{quote(_escaped(local.code), safe='-._~')}"


def _escaped(part: str) -> str:
    """Its signs that part one token from the next (FHIR R4, search, escaping)."""
    for sign in ("\\", ",", "|", "$"):
        part = part.replace(sign, f"\\{sign}")
    return part
