"""A stage or M category in the words of AJCC (system http://cancerstaging.org)."""

import pytest

from tests.build import (
    M_CATEGORY,
    MELANOMA,
    Code,
    Resource,
    assess,
    condition,
    hypertension,
    stage,
    verdict,
)

ROW = "melanoma-advanced"


def _staged(text: str, *, as_m: bool) -> Resource:
    value = Code("http://cancerstaging.org", text)
    return stage(value, of=M_CATEGORY) if as_m else stage(value)


def _judged(text: str) -> tuple[str, str]:
    found = assess(
        condition(MELANOMA),
        hypertension(),
        _staged(text, as_m="M" in text.upper()),
    )
    return verdict(found, ROW), str(found["status"])


@pytest.mark.parametrize(
    "text", ["IV", "Stage IV", "4", "M1", "M1a", "cM1b", "pM1c", "cM1d(1)", "M1d", "M1 a"]
)
def test_stage_iv_and_m1_are_advanced(text: str) -> None:
    assert _judged(text)[0] == "met"


@pytest.mark.parametrize("text", ["0", "I", "IA", "IB", "II", "IIA", "IIC", "pIIB", "M0", "cM0"])
def test_a_lower_stage_or_m0_alone_is_not_ours(text: str) -> None:
    judged, status = _judged(text)
    assert judged.startswith("unknown")
    assert status == "not-applicable"


@pytest.mark.parametrize("text", ["III", "IIIA", "IIID", "pIIIC"])
def test_stage_iii_is_not_known_to_be_unresectable(text: str) -> None:
    assert _judged(text)[0] == "unknown:unclassified"


@pytest.mark.parametrize("text", ["IVA", "IVB", "IVC", "ycM1", "ypM1a", "rM1", "M1e"])
def test_what_may_be_stage_iv_or_m1_is_never_read_as_a_lower_stage(text: str) -> None:
    judged, status = _judged(text)
    assert judged in ("met", "unknown:unclassified")
    assert status != "not-applicable"


@pytest.mark.parametrize("text", ["X", "MX", "unknown", "nonsense"])
def test_what_no_stage_is_asks(text: str) -> None:
    assert _judged(text)[0] == "unknown:unclassified"
