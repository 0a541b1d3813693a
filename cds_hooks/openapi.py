"""
The HTTP interface as an OpenAPI 3.1 document: `GET /openapi.json`, and `docs/openapi.json`.

Shapes that the code has as types come from them: the card, the assessment in it, the errors.
"""

from functools import lru_cache
from importlib.metadata import version
from typing import Any, cast

from cds_hooks import metrics, report, services
from cds_hooks.errors import (
    AdvisorError,
    BadRequest,
    BodyTooLate,
    GateNotKnown,
    NotFound,
    OurFault,
    TooBusy,
    TooLarge,
    WrongContentType,
    WrongMethod,
)
from cds_hooks.forms import ID_PATTERN
from cds_hooks.protocol.request import UUID_PATTERN
from cds_hooks.protocol.response import Card
from rules.site_rules import PUBLISHED, SiteRules

_Schema = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_ANY_PATH = (BadRequest, OurFault)  # a foreign Host; a mistake of ours
_CALL = (
    *(BadRequest, NotFound, WrongMethod, BodyTooLate, GateNotKnown, TooLarge, WrongContentType),
    *(OurFault, TooBusy),
)
_WHEN: dict[type[AdvisorError], str] = {
    BadRequest: "The request is not as it must be: no JSON, a field that is missing, wrong or "
    "named twice, another patient in the prefetch; or the Host header names another server.",
    NotFound: "No such service.",
    WrongMethod: "The path does not know the method.",
    BodyTooLate: "The body did not come whole in time.",
    GateNotKnown: "It cannot be told whether the patient has melanoma: what the gate needs did "
    "not come. Never answered with an empty list of cards.",
    TooLarge: "The body is over the limit.",
    WrongContentType: "The Content-Type is not JSON in UTF-8, or the body is compressed.",
    OurFault: "A fault of the service; its log has more under the id in the message.",
    TooBusy: "More calls are in hand than are taken at once.",
}


@lru_cache(maxsize=2)  # a policy in force, and one that it replaces
def document(rules: SiteRules = PUBLISHED) -> _Schema:
    """The whole description, with the prefetch keys that are asked for under these rules."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "IL-2 Advisor",
            "version": version("il2-advisor"),
            "summary": "CDS Hooks service: high-dose interleukin-2 in advanced melanoma",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "where this document is served"}],
        "paths": _paths(),
        "components": {
            "schemas": {
                "Discovery": _discovery(),
                "HookRequest": _request(rules),
                "HookResponse": _object({"cards": _list(_ref("Card"), maxItems=1)}),
                "OperationOutcome": _outcome(),
                **_card(),
                **_assessment(),
            },
            "responses": {one.__name__: _error(one) for one in _WHEN},
        },
    }


# --- Paths ---------------------------------------------------------------------------------------


def _paths() -> _Schema:
    names = [service.id for service in services.SERVICES]
    return {
        "/cds-services": _get("discovery", "The services and their prefetch", _ref("Discovery")),
        "/cds-services/{id}": {
            "post": {
                "operationId": "call",
                "summary": "What is to be said about the patient whose chart was opened",
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "description": "the service, as discovery lists it",
                        "schema": {"type": "string", "enum": names},
                    }
                ],
                "requestBody": {"required": True, "content": _json(_ref("HookRequest"))},
                "responses": {
                    "200": {
                        "description": "Answered; no card where there is nothing to say.",
                        "content": _json(_ref("HookResponse")),
                    },
                    **_refusals(*_CALL),
                },
            }
        },
        "/rulebook": _get("rule-book", "Every row of the rule book, as a page", media="text/html"),
        "/health/live": _get("live", "The process answers", _state("live")),
        "/health/ready": _get(
            "ready",
            "Another call would be taken",
            _state("ready", policy={"type": "string", "minLength": 1}),
            errors=(TooBusy,),
        ),
        "/metrics": _get(
            "metrics", "Counts for Prometheus", media=metrics.CONTENT_TYPE.partition(";")[0]
        ),
        "/openapi.json": _get("description", "This document", {"type": "object"}),
    }


def _get(
    id_: str,
    summary: str,
    schema: _Schema | None = None,
    media: str = "application/json",
    errors: tuple[type[AdvisorError], ...] = (),
) -> _Schema:
    content = {media: {"schema": schema or {"type": "string", "minLength": 1}}}
    return {
        "get": {
            "operationId": id_,
            "summary": summary,
            "responses": {
                "200": {"description": "Answered.", "content": content},
                **_refusals(*_ANY_PATH, *errors),
            },
        }
    }


def _state(word: str, **more: _Schema) -> _Schema:
    return _object({"status": {"const": word}, **more})


def _refusals(*errors: type[AdvisorError]) -> _Schema:
    return {
        str(one.status): {"$ref": f"#/components/responses/{one.__name__}"}
        for one in sorted(errors, key=lambda error: error.status)
    }


def _error(error: type[AdvisorError]) -> _Schema:
    made: _Schema = {
        "description": _WHEN[error],
        "content": {"application/fhir+json": {"schema": _ref("OperationOutcome")}},
    }
    if error.headers:
        made["headers"] = {
            name: {"required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
            for name in error.headers
        }
    return made


# --- Schemas -------------------------------------------------------------------------------------


def _ref(name: str) -> _Schema:
    return {"$ref": _SCHEMAS + name}


def _json(schema: _Schema) -> _Schema:
    return {"application/json": {"schema": schema}}


def _list(items: _Schema, **more: object) -> _Schema:
    return {"type": "array", "items": items, **more}


def _object(properties: _Schema, *optional: str) -> _Schema:
    """All properties but the optional ones must be there, and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_WORDS: _Schema = {"type": "string", "minLength": 1}


def _discovery() -> _Schema:
    service = {
        "hook": _WORDS,
        "title": _WORDS,
        "description": _WORDS,
        "id": _WORDS,
        "version": {"const": "2.0.1", "description": "of CDS Hooks"},
        "prefetch": {"type": "object", "additionalProperties": _WORDS},
        "usageRequirements": _WORDS,
    }
    return _object({"services": _list(_object(service), minItems=1)})


def _request(rules: SiteRules) -> _Schema:
    """What is read of a request. Unknown fields are let through, so none is closed."""
    resource = {
        "type": ["object", "null"],
        "properties": {"resourceType": {"type": "string"}},
        "description": "a FHIR R4 resource or Bundle; null: known to be none",
    }
    prefetch = services.discovery(rules)["services"][0]["prefetch"]  # all ask for the same
    context = {
        "patientId": {"type": "string", "pattern": f"^(?:Patient/)?{ID_PATTERN}$"},
        "userId": {
            "type": "string",
            "description": "who has seen a card, where a site folds repeated ones; else not read",
        },
        "encounterId": {
            "type": ["string", "null"],
            "pattern": f"^(?:(?:Encounter/)?{ID_PATTERN})?$",
        },
        "draftOrders": {
            "type": "object",
            "description": "order hooks: a Bundle of the orders being drafted",
        },
        "selections": {
            "type": "array",
            "items": {"type": "string"},
            "description": "order-select: the newly chosen orders, Type/id",
        },
    }
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context"],
        "properties": {
            "hook": {"type": "string", "enum": sorted(services.HOOKS)},
            "hookInstance": {"type": "string", "pattern": f"^{UUID_PATTERN}$"},
            "fhirServer": {
                "type": ["string", "null"],
                "pattern": r"^https?://[A-Za-z0-9]",
                "description": "the FHIR base URL; read if it is listed",
            },
            "fhirAuthorization": {
                "type": ["object", "null"],
                "properties": {
                    "patient": {"description": "if it is told, the patient of the context"}
                },
            },
            "context": {
                "type": "object",
                "required": ["patientId"],
                "properties": context,
            },
            "prefetch": {
                "type": ["object", "null"],
                "properties": dict.fromkeys(prefetch, resource),
            },
        },
    }


def _outcome() -> _Schema:
    issue = _object(
        {
            "severity": {"const": "error"},
            "code": {"enum": sorted({one.issue_code for one in _WHEN})},
            "diagnostics": {**_WORDS, "description": "the field, what is wrong, what to do"},
        }
    )
    return _object(
        {
            "resourceType": {"const": "OperationOutcome"},
            "issue": _list(issue, minItems=1, maxItems=1),
        }
    )


def _card() -> _Schema:
    """The card and its parts, from the models that check each card."""
    made = Card.model_json_schema(ref_template=_SCHEMAS + "{model}")
    parts = made.pop("$defs")
    made["properties"]["extension"] = _object({report.EXTENSION: _ref("AssessmentReport")})
    return {name: _without_nulls(part) for name, part in {"Card": made, **parts}.items()}


def _without_nulls(schema: _Schema) -> _Schema:
    """What has no value is left out of a card: it is never null. What has a default is there."""
    properties: _Schema = {}
    required: list[str] = []
    for name, one in schema["properties"].items():
        kept = [part for part in one.get("anyOf", ()) if part != {"type": "null"}]
        properties[name] = {**one, **(kept[0] if kept else {})}
        for word in ("anyOf", "default", "title"):
            properties[name].pop(word, None)
        if not kept:
            required.append(name)
    return {**schema, "properties": properties, "required": required}


def _assessment() -> _Schema:
    parts = cast(_Schema, report.schema()["$defs"])
    return {name: _moved(part) for name, part in parts.items()}


def _moved(found: Any) -> Any:
    """The same with references into this document."""
    if isinstance(found, dict):
        return {
            key: value.replace("#/$defs/", _SCHEMAS) if key == "$ref" else _moved(value)
            for key, value in found.items()
        }
    return [_moved(one) for one in found] if isinstance(found, list) else found
