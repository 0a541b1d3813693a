"""What our prefetch templates bring from a real server is what a prefetch of the chart holds."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.build import Resource, reference
from tests.servers.charts import NAMES, chart
from tests.servers.differences import NOT_ASKED_FOR, REFERRED_TO
from tests.servers.reading import read_whole
from tests.servers.running import FhirServer


def _by_reference(resources: Iterable[Resource]) -> dict[str, Resource]:
    """Reference → the resource as it was sent, without what a server notes on it."""
    return {
        reference(one): {key: value for key, value in one.items() if key != "meta"}
        for one in resources
    }


def _prefetched(name: str) -> Mapping[str, Mapping[str, Resource]]:
    """Prefetch key → reference → resource, for one chart."""
    return {
        key: _by_reference(
            [answer]
            if answer and answer["resourceType"] == "Patient"
            else [entry["resource"] for entry in (answer or {}).get("entry", ())]
        )
        for key, answer in chart(name).prefetch().items()
    }


def _differs(name: str, key: str, one: Resource) -> bool:
    """Whether it is known that no search brings it under this key."""
    kind = one["resourceType"]
    if kind in REFERRED_TO:
        return REFERRED_TO[kind] == key
    return key in NOT_ASKED_FOR.get(name, ())


def _references(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_brings_what_the_prefetch_holds_and_nothing_else(
    server: FhirServer, name: str
) -> None:
    prefetched = _prefetched(name)
    queries = chart(name).queries()
    assert set(queries) == set(prefetched)
    for key, query in queries.items():
        whole = read_whole(server, query)
        came = _by_reference(whole.matches)
        assert len(came) == len(whole.matches), f"{key}: the same resource twice"
        assert not whole.included, key
        assert not whole.outcomes, f"{key}: {json.dumps(whole.outcomes)[:500]}"
        held = prefetched[key]
        asked = {ref: one for ref, one in held.items() if not _differs(name, key, one)}
        assert came == asked, key


@pytest.mark.parametrize("name", NAMES)
def test_what_no_search_brings_is_referred_to_and_can_be_read(
    server: FhirServer, name: str
) -> None:
    prefetched = _prefetched(name)
    searched = [
        one
        for key, held in prefetched.items()
        for one in held.values()
        if not _differs(name, key, one)
    ]
    named = {ref for one in searched for ref in _references(one)}
    for key, held in prefetched.items():
        for ref, one in held.items():
            if REFERRED_TO.get(one["resourceType"]) == key:
                assert ref in named
                assert _by_reference(read_whole(server, ref).matches) == {ref: one}


def test_no_known_difference_has_gone() -> None:
    differing = {
        (one["resourceType"], key)
        for name in NAMES
        for key, held in _prefetched(name).items()
        for one in held.values()
        if one["resourceType"] in REFERRED_TO and _differs(name, key, one)
    }
    assert differing == set(REFERRED_TO.items())
    for name, keys in NOT_ASKED_FOR.items():
        assert all(_prefetched(name)[key] for key in keys)


def test_no_id_is_borne_by_two_patients() -> None:
    ids = [reference(one) for name in NAMES for one in chart(name).resources]
    assert len(ids) == len(set(ids))
