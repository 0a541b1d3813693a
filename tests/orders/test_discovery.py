"""What the services of ordering ask an EHR to send."""

from cds_hooks.fhir.prefetch import gate_templates, templates
from cds_hooks.services import discovery


def prefetch(asked: str) -> dict[str, set[str]]:
    return {one["hook"]: set(one["prefetch"]) for one in discovery(asked=asked)["services"]}


def test_in_full_all_hooks_ask_for_the_same() -> None:
    whole = set(templates())
    assert prefetch("full") == dict.fromkeys(("patient-view", "order-select", "order-sign"), whole)


def test_with_the_gate_alone_hooks_of_ordering_ask_for_the_patient() -> None:
    assert prefetch("gate") == {
        "patient-view": set(gate_templates()),
        "order-select": {"patient"},
        "order-sign": {"patient"},
    }


def test_the_usage_tells_what_a_site_gives_up_with_the_gate() -> None:
    for one in discovery(asked="gate")["services"]:
        assert "Without access to that server" in one["usageRequirements"]
    for one in discovery(asked="full")["services"]:
        assert "Works on the prefetch" in one["usageRequirements"]
