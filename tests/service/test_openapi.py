"""The description of the HTTP interface is exact, and the committed file is that of the code."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import requests

from cds_hooks import app, openapi
from cds_hooks.errors import AdvisorError
from cds_hooks.settings import Settings
from tests import openapi as file
from tests.service.running import (
    JSON,
    LEFT_OUT,
    REFUSED,
    REQUESTS,
    SERVICE,
    Server,
    request_of,
    with_prefetch,
)

DOCUMENT = openapi.document()


def conforms(value: Any, schema: Any) -> None:
    """Whether a value is as a schema of the document says."""
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def described(method: str, path: str, answer: requests.Response) -> None:
    """Status, media type and body stand in the document."""
    (operation,) = (one for one in [DOCUMENT["paths"][path].get(method.lower())] if one)
    said = operation["responses"][str(answer.status_code)]
    if "$ref" in said:
        said = DOCUMENT["components"]["responses"][said["$ref"].rsplit("/", 1)[-1]]
    media = answer.headers["Content-Type"].partition(";")[0]
    body = answer.json() if "json" in media else answer.text
    conforms(body, said["content"][media]["schema"])
    for name in said.get("headers", {}):
        assert name in answer.headers


def test_the_committed_file_is_current() -> None:
    """`python -m tests.openapi` writes it."""
    assert file.FILE.read_text(encoding="utf-8") == file.text()


def test_it_is_served(server: Server) -> None:
    assert server.get("/openapi.json").json() == DOCUMENT


def test_every_path_and_method_is_described() -> None:
    routes: Any = vars(app.create(Settings()))["app"].routes
    served = {route.path: {m.lower() for m in route.methods} - {"head"} for route in routes}
    assert {path: set(one) for path, one in DOCUMENT["paths"].items()} == served


def test_every_error_of_the_service_is_described() -> None:
    def leaves(error: type[AdvisorError]) -> Iterator[type[AdvisorError]]:
        for one in error.__subclasses__():
            yield one
            yield from leaves(one)

    statuses = {str(one.status) for one in leaves(AdvisorError)}
    assert set(DOCUMENT["paths"]["/cds-services/{id}"]["post"]["responses"]) == statuses | {"200"}


@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if "{" not in path])
def test_every_page_is_as_described(server: Server, path: str) -> None:
    described("GET", path, server.get(path))
    host = {"Host": "evil.example.org"}
    described("GET", path, server.call("GET", path, headers=host))


@pytest.mark.parametrize("path", sorted(REQUESTS.glob("*.json")), ids=lambda path: path.stem)
def test_requests_and_answers_are_as_described(server: Server, path: Any) -> None:
    body = json.loads(path.read_bytes())
    conforms(body, DOCUMENT["components"]["schemas"]["HookRequest"])
    described("POST", "/cds-services/{id}", server.post(body))


def test_a_card_with_suggestions_is_as_described(server: Server) -> None:
    answer = server.post(with_prefetch("no-brain-mets-all-clear", labs=None))
    assert answer.json()["cards"][0]["suggestions"]
    described("POST", "/cds-services/{id}", answer)


@pytest.mark.parametrize("path", sorted(REFUSED.glob("*.json")), ids=lambda path: path.stem)
def test_refusals_are_as_described(server: Server, path: Any) -> None:
    described("POST", "/cds-services/{id}", server.post(path.read_bytes()))


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/cds-services/nobody", JSON, 404),
        ("POST", SERVICE, {"Content-Type": "text/plain"}, 415),
        ("POST", SERVICE, {**JSON, "Host": "evil.example.org"}, 400),
    ],
)
def test_other_refusals_are_as_described(
    server: Server, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = server.call(method, path, data=b"{}", headers=headers)
    assert answer.status_code == status
    described(method, "/cds-services/{id}", answer)


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
def test_what_the_description_requires_is_required(server: Server, name: str) -> None:
    body = request_of(**{name: LEFT_OUT})
    with pytest.raises(jsonschema.ValidationError):
        conforms(body, DOCUMENT["components"]["schemas"]["HookRequest"])
    assert server.post(body).status_code == 400
