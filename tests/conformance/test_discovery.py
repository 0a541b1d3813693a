"""Discovery and the prefetch templates: DSC-1 to DSC-14, PFT-1 to PFT-10."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from cds_hooks import services
from tests.service.running import (
    JSON,
    ROOT,
    Server,
    clean_environment,
    request_of,
)
from tests.service.test_faults import call


def test_dsc_1_discovery_is_at_cds_services(server: Server) -> None:
    answer = server.get("/cds-services")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path", ["/", "/cds-services/", "/cds-service", "/.well-known/cds-services"]
)
def test_dsc_1_dsc_14_discovery_is_nowhere_else(server: Server, path: str) -> None:
    assert server.get(path).status_code == 404


def test_dsc_2_it_is_an_object_with_services(server: Server) -> None:
    body = server.get("/cds-services").json()
    assert list(body) == ["services"]
    assert isinstance(body["services"], list)
    assert all(isinstance(one, dict) for one in body["services"])


@pytest.fixture
def no_services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A service that lists nothing."""
    monkeypatch.setattr(services, "SERVICES", ())
    services.discovery.cache_clear()
    yield
    services.discovery.cache_clear()


@pytest.mark.usefixtures("no_services")
def test_dsc_3_without_services_the_list_is_empty() -> None:
    status, headers, body = call("GET", "/cds-services")
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"services": []}


@pytest.mark.parametrize(
    "element",
    [
        pytest.param("hook", id="dsc-4"),
        pytest.param("title", id="dsc-5"),
        pytest.param("description", id="dsc-6"),
        pytest.param("id", id="dsc-7"),
        pytest.param("usageRequirements", id="dsc-9"),
    ],
)
def test_dsc_4_to_7_dsc_9_a_service_tells_its(discovered: Any, element: str) -> None:
    assert isinstance(discovered[element], str)
    assert discovered[element].strip()


def test_dsc_4_hks_1_the_hook_is_that_of_the_library(discovered: Any) -> None:
    """A hook of the library has no reverse-domain name."""
    assert discovered["hook"] in {"patient-view", "order-select", "order-sign"}


def test_dsc_6_v3_10_the_description_has_no_html(discovered: Any) -> None:
    """Markdown in 3.0: plain words are both."""
    for element in ("title", "description", "usageRequirements"):
        assert not re.search(r"[<>&*_`#\[\]|]", discovered[element])


def test_dsc_7_the_id_is_the_last_part_of_the_path(server: Server, discovered: Any) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", discovered["id"])
    path = f"/cds-services/{discovered['id']}"
    asked = request_of(hook=discovered["hook"])
    asked["context"] |= {"draftOrders": {"resourceType": "Bundle"}, "selections": []}
    body = json.dumps(asked).encode()
    assert server.call("POST", path, data=body, headers=JSON).status_code == 200


def test_dsc_8_prefetch_maps_keys_to_templates(discovered: Any) -> None:
    assert discovered["prefetch"]
    for key, template in discovered["prefetch"].items():
        assert re.fullmatch(r"[A-Za-z0-9-]+", key)
        assert isinstance(template, str)


def test_dsc_9_hks_4_the_usage_names_what_is_required_and_the_version_of_fhir(
    discovered: Any,
) -> None:
    needed = {"patient-view": ("problem list", "encounter diagnoses")}
    for words in ("patient", *needed.get(discovered["hook"], ("context.draftOrders",)), "FHIR R4"):
        assert words in discovered["usageRequirements"]


def test_dsc_10_no_service_is_listed_twice(server: Server) -> None:
    listed = [(one["id"], one["hook"]) for one in server.get("/cds-services").json()["services"]]
    assert len(set(listed)) == len(listed)
    assert len({id_ for id_, _ in listed}) == len(listed)


def test_dsc_11_the_version_is_that_of_cds_hooks(discovered: Any) -> None:
    """V3-4: `version` is taken."""
    assert discovered["version"] == "2.0.1"


def test_dsc_12_ext_3_discovery_has_no_unknown_element(discovered: Any) -> None:
    """V3-4: `hookVersion` is left."""
    known = {"hook", "title", "description", "id", "version", "prefetch", "usageRequirements"}
    assert set(discovered) <= known


def test_dsc_13_discovery_is_the_same_each_time(server: Server) -> None:
    assert server.get("/cds-services").content == server.get("/cds-services").content


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_dsc_13_discovery_is_the_same_in_every_process(server: Server, seed: str) -> None:
    """Order included: a set that is listed would show under another hash seed."""
    program = (
        "import json; from cds_hooks.services import discovery; print(json.dumps(discovery()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=clean_environment() | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.dumps(json.loads(told)) == json.dumps(server.get("/cds-services").json())


# --- Prefetch templates --------------------------------------------------------------------------

READ = re.compile(r"[A-Z][A-Za-z]+/\{\{context\.[a-zA-Z]+\}\}|\{\{context\.userId\}\}")
SEARCH = re.compile(r"[A-Z][A-Za-z]+\?[^/?#\s][^?#\s]*")
# Required of all three hooks and marked "Prefetch Token: Yes"; encounterId is optional (PFT-4).
TOKENS = {"context.patientId", "context.userId"}
# The search parameters that we use, each a reference or a token.
BY_REFERENCE, BY_TOKEN = {"patient"}, {"category", "code", "intent"}


@pytest.fixture(scope="module")
def templates(discovered: Any) -> Mapping[str, str]:
    """The prefetch templates by key."""
    found: Mapping[str, str] = discovered["prefetch"]
    assert found
    return found


def _parameters(template: str) -> list[tuple[str, str]]:
    _, _, query = template.partition("?")
    pairs = [one.partition("=") for one in query.split("&") if query]
    return [(name, value) for name, _, value in pairs]


def test_pft_1_a_template_is_a_relative_read_or_search(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        assert READ.fullmatch(template) or SEARCH.fullmatch(template), template
        assert not template.startswith("/")
        assert not re.match(r"[a-z]+:", template)


def test_pft_2_tokens_stand_between_braces(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        without = re.sub(r"\{\{[^{}]+\}\}", "", template)
        assert "{" not in without
        assert "}" not in without


def test_pft_3_pft_4_pft_5_tokens_are_required_fields_of_the_context(
    templates: Mapping[str, str],
) -> None:
    for template in templates.values():
        found = set(re.findall(r"\{\{([^{}]+)\}\}", template))
        assert found
        assert found <= TOKENS


def test_pft_6_searches_stay_in_the_subset(templates: Mapping[str, str]) -> None:
    """A reference or a token equal to a value: no modifier, no chain, no _include."""
    for template in templates.values():
        names = [name for name, _ in _parameters(template)]
        assert len(set(names)) == len(names), "the sandbox joins a repeated parameter"
        for name, value in _parameters(template):
            assert name in BY_REFERENCE | BY_TOKEN
            assert value
            assert " " not in value


def test_pft_6_pre_12_every_search_names_the_patient(templates: Mapping[str, str]) -> None:
    for key, template in templates.items():
        if "?" in template:
            assert ("patient", "{{context.patientId}}") in _parameters(template)
        else:
            assert (key, template) == ("patient", "Patient/{{context.patientId}}")


def test_pft_8_no_template_bounds_by_count_or_sort(templates: Mapping[str, str]) -> None:
    for template in templates.values():
        assert "_count" not in template
        assert "_sort" not in template
        assert "today()" not in template


def test_pft_7_to_10_no_template_uses_what_3_0_adds(templates: Mapping[str, str]) -> None:
    """V3-5 and V3-6 are left: a 2.0 client leaves such tokens as they are, or skips the key."""
    for template in templates.values():
        for sign in ("{{%", "ofType", "resolve(", "_maxresults", "()"):
            assert sign not in template
