"""A FHIR server that declares what it supports, beside what `ehr` answers."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from cds_hooks.fhir.prefetch import templates

Statement = dict[str, Any]
KEYS: Final = tuple(templates())


def needed() -> dict[str, set[str]]:
    """Type → the search parameters that our queries use."""
    found: dict[str, set[str]] = {}
    for template in templates().values():
        parts = urlsplit(template)
        names = {name for name, _ in parse_qsl(parts.query)}
        found.setdefault(parts.path.partition("/")[0], set()).update(names)
    return found


def statement(
    types: Mapping[str, set[str]] | None = None, interactions: bool = True, **more: Any
) -> Statement:
    """A CapabilityStatement of FHIR R4 that declares these types; unless told, all that we need."""
    both = [{"code": "read"}, {"code": "search-type"}] if interactions else []
    told = needed() if types is None else types
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "software": {"name": "Example FHIR", "version": "1.2"},
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    {
                        "type": name,
                        "interaction": both,
                        "searchParam": [{"name": one} for one in sorted(parameters)],
                    }
                    for name, parameters in told.items()
                ],
            }
        ],
    } | more
