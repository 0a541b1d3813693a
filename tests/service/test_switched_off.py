"""A service that a site's policy has switched off: at once, without a card, and counted."""

import json
from pathlib import Path

import pytest

from cds_hooks import services
from rules.policy import SERVICE_IDS
from tests.service.running import JSON, SERVICE, request_of, serving
from tests.service.running import shared as switched_on
from tests.service.test_metrics import counts, of


def off(*ids: str) -> str:
    """A policy that switches services off."""
    return "".join(f"[services.{id_}]\noff = true\n" for id_ in ids)


def test_a_policy_can_name_every_service() -> None:
    assert set(SERVICE_IDS) == {one.id for one in services.SERVICES}


def test_a_service_that_is_off_answers_without_a_card_and_evaluates_nothing(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(off(*SERVICE_IDS))
    with serving("--port", "0", "--policy", str(site)) as (server, _):
        for one in services.SERVICES:
            before = counts(server)
            body = json.dumps(request_of(hook=one.hook)).encode()
            # b"{" is no JSON: not even that is looked at, should reading be what fails
            for sent in (body, b"{"):
                answer = server.call("POST", f"/cds-services/{one.id}", data=sent, headers=JSON)
                assert (answer.status_code, answer.json()) == (200, {"cards": []})
                line = json.loads(server.log().splitlines()[-1])
                assert (line["event"], line["switched_off"]) == ("answered", True)
            after = counts(server)
            own = {"service": one.id}
            name = "il2_advisor_switched_off_calls_total"
            assert of(after, name, **own) - of(before, name, **own) == 2
            # never among the calls that had nothing to say
            assert not [labels for name, labels in after if name == "il2_advisor_cards_total"]
        listed = server.get("/cds-services").json()
        assert listed == switched_on().get("/cds-services").json()


@pytest.mark.parametrize(
    ("headers", "status"), [({"Content-Type": "text/plain"}, 415), ({"Host": "a.example"}, 400)]
)
def test_what_is_no_call_of_it_is_refused_all_the_same(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(off(*SERVICE_IDS))
    with serving("--port", "0", "--policy", str(site)) as (server, _):
        answer = server.call("POST", SERVICE, data=b"{}", headers={**JSON, **headers})
        assert answer.status_code == status
