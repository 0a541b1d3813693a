"""Rules of our own: PRD. More of each: `tests/service`."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import requests

from tests.conformance.markdown import shape
from tests.conformance.stories import GATE, KEYS, OUTCOME, TRANSPLANT, judged, more_entries
from tests.service.running import (
    JSON,
    LEFT_OUT,
    SERVICE,
    TIMEOUT,
    Body,
    Server,
    assessment_of,
    request_of,
    with_context,
    with_prefetch,
)

MEGABYTE = 1024 * 1024


def test_prd_1_no_inside_of_ours_in_any_refusal(refusals: Sequence[requests.Response]) -> None:
    for answer in refusals:
        assert not re.search(
            r"Traceback|\.py\b|/usr|/home|site-packages|msgspec|starlette|uvicorn|pydantic|h11",
            answer.text + str(answer.headers),
        )


def test_prd_2_no_refusal_is_a_list_of_cards(answers: Sequence[requests.Response]) -> None:
    for answer in answers:
        assert ("cards" in answer.json()) == (
            answer.status_code == 200 and "services" not in answer.json()
        )


JUNK: dict[str, Any] = {
    "absent": LEFT_OUT,
    "an error": OUTCOME,
    "text": "no data",
    "a number": 404,
    "a list": [{"resourceType": "Condition"}],
    "a Bundle with junk": {"resourceType": "Bundle", "entry": ["junk", {"resource": 5}]},
}


@pytest.mark.parametrize("name", ["stable-treated-brain-mets", "no-melanoma"])
@pytest.mark.parametrize("value", JUNK.values(), ids=JUNK)
@pytest.mark.parametrize("key", KEYS)
def test_prd_2_what_cannot_be_read_is_412_or_named_on_the_card(
    server: Server, key: str, value: object, name: str
) -> None:
    """Without a melanoma what decides is the gate: no other key can bring one."""
    answer = server.post(with_prefetch(name, **{key: value}))
    if answer.status_code == 412:
        assert key in GATE
        return
    assert answer.status_code == 200
    if name == "no-melanoma":
        assert key not in GATE
        return
    (card,) = answer.json()["cards"]
    assert key in assessment_of(card)["notShared"]


def test_prd_2_a_melanoma_both_there_and_refuted_is_no_silence(server: Server) -> None:
    """Contradictory data of the gate: the one that counts stays."""
    body = request_of()
    melanoma = next(
        one["resource"]
        for one in body["prefetch"]["problems"]["entry"]
        if "elanoma" in json.dumps(one)
    )
    refuted = {
        **melanoma,
        "id": "refuted",
        "verificationStatus": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                    "code": "refuted",
                }
            ]
        },
    }
    problems = more_entries(body["prefetch"]["problems"], {"resource": refuted})
    answer = server.post(with_prefetch(problems=problems))
    assert len(answer.json()["cards"]) == 1


CANARY = "KANARI"


def _planted(**fields: Any) -> Body:
    body = request_of(
        fhirServer=f"https://{CANARY}.example.org/fhir",
        fhirAuthorization={"access_token": CANARY},
        comment=CANARY,
    )
    body["prefetch"]["patient"]["name"] = [{"family": CANARY}]
    body["prefetch"]["patient"]["birthDate"] = CANARY
    return body | fields


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(json.dumps(_planted())[:-1].encode(), 400, id="no JSON"),
        pytest.param(_planted(hook=CANARY), 400, id="hook"),
        pytest.param(_planted(context={"patientId": f"{CANARY} 1"}), 400, id="patient"),
        pytest.param(_planted(context={"patientId": CANARY}), 400, id="another patient"),
        pytest.param(_planted(prefetch={CANARY: CANARY}), 412, id="prefetch"),
        pytest.param(_planted(padding=CANARY * 3 * MEGABYTE), 413, id="too large"),
    ],
)
def test_prd_3_sec_6_nothing_of_a_body_stands_in_a_refusal_or_in_the_log(
    server: Server, body: Body | bytes, status: int
) -> None:
    answer = server.post(body, Authorization=f"Bearer {CANARY}")
    assert answer.status_code == status
    assert CANARY not in answer.text + str(answer.headers) + server.log()


def test_prd_4_a_body_beyond_the_bound_is_413_and_the_service_goes_on(server: Server) -> None:
    assert server.post(b'"' + b"a" * 32 * MEGABYTE + b'"').status_code == 413
    assert server.post(request_of()).status_code == 200


def test_prd_4_many_keys_are_borne(server: Server) -> None:
    many: dict[str, Any] = {f"key-{number}": None for number in range(50_000)}
    for body in (request_of(**many), with_context(**many), with_prefetch(**many)):
        assert judged(server.post(body)) == judged(server.post(request_of()))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [1_000, 200_000])
@pytest.mark.parametrize("begin", [b"", b'{"hook": "patient-view", "x": '], ids=["alone", "inside"])
def test_prd_5_nesting_is_bounded(server: Server, opening: bytes, depth: int, begin: bytes) -> None:
    """Closed or not."""
    closing = b"]" if opening == b"[" else b"}"
    for deep in (opening * depth, opening * depth + b"1" + closing * depth):
        assert server.post(begin + deep + (b"}" if begin else b"")).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hook=patient-view", id="no JSON"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": Infinity}', id="Infinity"),
        pytest.param(b'{"a": [-Infinity]}', id="-Infinity"),
        pytest.param(b'{"a": "\xff"}', id="a byte that is no UTF-8"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', id="half a surrogate pair"),
        pytest.param(json.dumps(request_of()).encode("utf-16"), id="UTF-16"),
        pytest.param(json.dumps(request_of()).encode() * 2, id="two documents"),
        pytest.param(json.dumps(request_of()).encode() + b" x", id="something after it"),
    ],
)
def test_prd_6_what_is_no_json_is_400(server: Server, body: bytes) -> None:
    assert server.post(body).status_code == 400


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "'x'", "01", "+1", "1."])
def test_prd_6_a_good_request_with_one_bad_value_is_400(server: Server, text: str) -> None:
    body = json.dumps(request_of(x="@")).replace('"@"', text).encode()
    assert server.post(body).status_code == 400


@pytest.mark.parametrize(
    ("path", "method"),
    [
        *((SERVICE, method) for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD")),
        *(("/cds-services", method) for method in ("POST", "PUT", "DELETE", "PATCH")),
        *(("/rulebook", method) for method in ("POST", "PUT", "DELETE")),
    ],
)
def test_prd_7_dsc_14_a_wrong_method_is_405(server: Server, path: str, method: str) -> None:
    answer = server.call(method, path)
    assert answer.status_code == 405
    assert answer.headers["Allow"]


@pytest.mark.parametrize(
    "id_",
    [
        "nobody",
        "..%2f",
        "..%2F..%2Fcds-services",
        "%2e%2e",
        "%00",
        "il2-patient-view%00",
        "il2-patient-view%20",
        "IL2-PATIENT-VIEW",
        "%ff",
        "a" * 4_000,
    ],
    ids=lambda text: text[:24],
)
def test_prd_8_an_unknown_service_is_404(server: Server, id_: str) -> None:
    """The path as it is written: nothing on the way mends it."""
    asked = requests.Request(
        "POST", server.url, data=json.dumps(request_of()).encode(), headers=JSON
    ).prepare()
    asked.url = f"{server.url}/cds-services/{id_}"
    answer = server.session.send(asked, timeout=TIMEOUT, allow_redirects=False)
    assert answer.status_code == 404
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ],
)
def test_prd_9_another_content_type_is_415(server: Server, media: str) -> None:
    assert server.post(request_of(), **{"Content-Type": media}).status_code == 415


# --- Text of the chart ---------------------------------------------------------------------------

ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<!-- comment",
    "<https://evil.example>",
    "&lt;b&gt; &#60;b&#62;",
    "[press here](javascript:alert(1))",
    "\\[press here\\](javascript:alert(1))",
    "[a](/relative) [b](data:text/html,c) [d](<x y>)",
    "[a]: javascript:alert(1)",
    "[a][b] [^1]",
    "![x](https://evil.example/x.png)",
    "https://evil.example/steal",
    "www.evil.example a@evil.example",
    "javascript:alert(1)",
    "| a | b |\n|---|---|\n| c | d |",
    "# Heading\n\n**bold** `code` ~~gone~~",
    "*a* _b_ __c__ ***d***",
    "a\n===\n\nb\n---",
    "- a\n- b\n\n1. c\n\n> d",
    "```\ncode\n```",
    "</td></tr></table>",
    "a\\",
    "line\u2028separator\u202ereversed\u0007bell\u200bzero",
]
QUIET = "Word of the chart"


def _in_names(text: str) -> Body:
    """The text as the name of what decides."""
    body = with_prefetch(TRANSPLANT)
    for entry in body["prefetch"]["problems"]["entry"]:
        code = entry["resource"]["code"]
        code["text"] = text
        for coding in code.get("coding", []):
            coding["display"] = text
    return body


def _everywhere(text: str) -> Body:
    """The text in every display, text, unit, name, note and conclusion of the chart."""
    body = request_of("growing-brain-lesion")
    names = {"display", "text", "unit", "family", "conclusion", "div", "title", "comment"}

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: text if key in names and isinstance(inner, str) else walk(inner)
                for key, inner in value.items()
            }
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    body["prefetch"] = walk(body["prefetch"])
    for key in ("problems", "labs", "imaging", "medicines"):
        value = body["prefetch"][key]
        for entry in (value or {}).get("entry", []):
            entry["resource"]["note"] = [{"text": text}]
    return body


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text)[:24])
@pytest.mark.parametrize("place", [_in_names, _everywhere], ids=["names", "everywhere"])
def test_prd_10_crd_5_text_of_the_chart_cannot_become_markup(
    server: Server, place: Callable[[str], Body], text: str
) -> None:
    """The card is made of what it is made of when the chart has harmless words there."""
    (quiet,), (card,) = (server.post(place(words)).json()["cards"] for words in (QUIET, text))
    assert shape(card["detail"]) == shape(quiet["detail"])
    for said in (card["summary"], card["detail"]):
        assert not re.search(r"<[a-zA-Z/!]|://|www\.|\w@\w", said)
        assert not re.search(r"[\u0000-\u0009\u000b-\u001f\u200b-\u200f\u2028-\u202e]", said)
    assert "<" not in card["summary"]
    assert "\n" not in card["summary"]


def test_prd_10_the_text_of_the_test_is_on_the_card(server: Server) -> None:
    """Else the attacks would prove nothing."""
    (named,) = server.post(_in_names(QUIET)).json()["cards"]
    assert QUIET in named["summary"]
    assert QUIET in named["detail"]
    (everywhere,) = server.post(_everywhere(QUIET)).json()["cards"]
    assert QUIET in everywhere["detail"]
