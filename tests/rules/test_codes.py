"""How codings are held against a value set (criteria.md, "Which entry counts", rule 6)."""

import re

import pytest

from rules import codes
from rules.codes import Coding, Match, ValueSet, Verdict, coding, judge, listed, value_set

SNOMED, LOINC = codes.SNOMED, codes.LOINC
ICD10CM, ICD10 = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10"
GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"

DECIDES, ASKS, CONFLICTING = Match.DECIDES, Match.ASKS, Match.CONFLICTING
IGNORED, NONE, IN_REMISSION = Match.IGNORED, Match.NONE, Match.IN_REMISSION

SKIN, BRAIN, MRI = codes.MELANOMA_CUTANEOUS, codes.BRAIN_METASTASIS, codes.BRAIN_MRI
ALCOHOL = codes.ALCOHOL_USE

IN_SITU = (ICD10CM, "D03.59")
TRUNK = (ICD10CM, "C43.59")
SKIN_SNOMED = (SNOMED, "93655004")
BRAIN_ICD, BRAIN_SNOMED, BRAIN_WHO = (ICD10CM, "C79.31"), (SNOMED, "94225005"), (ICD10, "C79.3")
RECTUM_TO_BRAIN = (SNOMED, "96981000119102")  # brain-metastasis-lookalike
LESION = (ICD10CM, "R90.82")  # brain-lesion-unspecific
GUIDANCE, MRI_BRAIN, LIMITED = (LOINC, "30656-3"), (LOINC, "24590-2"), (LOINC, "36096-6")
SPECTROSCOPY = (LOINC, "37442-1")  # brain-mri-lookalike
DEPENDENCE, REMISSION = (ICD10CM, "F10.20"), (ICD10CM, "F10.21")
ALCOHOLISM = (SNOMED, "7200002")
HYPERTENSION, LOCAL = (ICD10CM, "I10"), ("urn:oid:1.2.3", "C43.59")

Pair = tuple[str, str]


def _judged(wanted: tuple[ValueSet, ...], *found: Pair) -> Verdict:
    return judge([listed(coding(system, code)) for system, code in found], *wanted)


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        # one coding
        pytest.param(SKIN, [SKIN_SNOMED], DECIDES, id="exact"),
        pytest.param(SKIN, [TRUNK], DECIDES, id="exact, beside a prefix of it"),
        pytest.param(SKIN, [(ICD10CM, "C43.599")], DECIDES, id="prefix"),
        pytest.param(SKIN, [(ICD10CM, "C43")], DECIDES, id="the prefix itself"),
        pytest.param(SKIN, [(ICD10CM, "C4")], NONE, id="shorter than the prefix"),
        pytest.param(MRI, [(LOINC, "24590-22")], NONE, id="longer than an exact code"),
        pytest.param(BRAIN, [BRAIN_WHO], ASKS, id="a code that asks"),
        pytest.param(MRI, [GUIDANCE], IGNORED, id="a code that never counts"),
        pytest.param(SKIN, [HYPERTENSION], NONE, id="not listed"),
        pytest.param(SKIN, [LOCAL], NONE, id="the code in another system"),
        pytest.param(SKIN, [], NONE, id="no coding"),
        # the longest match wins within a set and its siblings
        pytest.param(ALCOHOL, [DEPENDENCE], DECIDES, id="F10.20: prefix F10.2 decides"),
        pytest.param(ALCOHOL, [(ICD10CM, "F10.80")], ASKS, id="F10.80: prefix F10 asks"),
        pytest.param(ALCOHOL, [REMISSION], IN_REMISSION, id="F10.21: in remission"),
        pytest.param(SKIN, [IN_SITU], IGNORED, id="a look-alike alone"),
        pytest.param(SKIN, [(ICD10CM, "C4A.9")], IGNORED, id="C4A is not C43"),
        pytest.param(BRAIN, [LESION], ASKS, id="an unspecific sibling"),
        # several codings of one resource
        pytest.param(SKIN, [TRUNK, SKIN_SNOMED], DECIDES, id="two that decide"),
        pytest.param(SKIN, [HYPERTENSION, LOCAL, TRUNK], DECIDES, id="beside unlisted ones"),
        pytest.param(BRAIN, [BRAIN_WHO, BRAIN_SNOMED], DECIDES, id="decides outweighs asks"),
        pytest.param(BRAIN, [LESION, BRAIN_SNOMED], DECIDES, id="decides outweighs unspecific"),
        pytest.param(MRI, [GUIDANCE, MRI_BRAIN], DECIDES, id="decides beside one ignored"),
        pytest.param(MRI, [GUIDANCE, LIMITED], ASKS, id="asks beside one ignored"),
        pytest.param(SKIN, [TRUNK, IN_SITU], CONFLICTING, id="beside a look-alike"),
        pytest.param(MRI, [SPECTROSCOPY, MRI_BRAIN], CONFLICTING, id="beside a look-alike of it"),
        pytest.param(BRAIN, [RECTUM_TO_BRAIN, BRAIN_WHO], CONFLICTING, id="asks, and a look-alike"),
        pytest.param(ALCOHOL, [ALCOHOLISM, REMISSION], CONFLICTING, id="active and in remission"),
        pytest.param(BRAIN, [BRAIN_SNOMED, IN_SITU], DECIDES, id="a look-alike of something else"),
        pytest.param(SKIN, [IN_SITU, HYPERTENSION], IGNORED, id="a look-alike and an unlisted one"),
    ],
)
def test_codings_against_a_set(wanted: ValueSet, found: list[Pair], expected: Match) -> None:
    assert _judged((wanted,), *found).match is expected
    assert _judged((wanted,), *reversed(found)).match is expected


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        pytest.param((SKIN, BRAIN), [BRAIN_SNOMED], DECIDES, id="one of two sets"),
        pytest.param((BRAIN, SKIN), [BRAIN_WHO, TRUNK], DECIDES, id="the stronger of two"),
        pytest.param((SKIN, BRAIN), [TRUNK, IN_SITU, BRAIN_WHO], CONFLICTING, id="before asks"),
        pytest.param((SKIN, BRAIN), [TRUNK, IN_SITU, BRAIN_SNOMED], DECIDES, id="after decides"),
        pytest.param((SKIN, BRAIN), [HYPERTENSION], NONE, id="none of two"),
        pytest.param((), [TRUNK], NONE, id="no set"),
    ],
)
def test_codings_against_several_sets(
    wanted: tuple[ValueSet, ...], found: list[Pair], expected: Match
) -> None:
    assert _judged(wanted, *found).match is expected
    assert _judged(tuple(reversed(wanted)), *found).match is expected


def test_the_verdict_names_the_row_that_made_it() -> None:
    found = _judged((SKIN,), HYPERTENSION, (ICD10CM, "C43.599"))
    assert found.code is not None
    assert (found.code.value_set, found.code.is_prefix) == ("melanoma-cutaneous", True)
    opposed = _judged((SKIN,), IN_SITU, TRUNK)
    assert opposed.code is not None
    assert opposed.code.value_set == "melanoma-cutaneous"
    assert _judged((SKIN,), HYPERTENSION).code is None


@pytest.mark.parametrize(
    ("match", "expected"),
    [(match, match in (DECIDES, CONFLICTING, ASKS)) for match in Match],
)
def test_what_is_or_may_be_the_thing(match: Match, expected: bool) -> None:
    assert Verdict(match).is_candidate is expected


# Systems and codes as they are written ------------------------------------------------------------


@pytest.mark.parametrize(
    "system",
    [
        "http://snomed.info/sct",
        "https://snomed.info/sct",
        "http://snomed.info/sct/",
        " http://snomed.info/sct ",
        "http://snomed.info/sct/900000000000207008",
        "http://snomed.info/sct/731000124108/version/20240901",
        "http://snomed.info/sct|http://snomed.info/sct/731000124108",
        "https://snomed.info/sct/731000124108/version/20240901",
        "urn:oid:2.16.840.1.113883.6.96",
        "URN:OID:2.16.840.1.113883.6.96",
        "2.16.840.1.113883.6.96",
        "HTTP://SNOMED.info/sct",
        "http://snomed.info/sct|20240901",
    ],
)
def test_snomed_by_any_of_its_addresses(system: str) -> None:
    assert _judged((BRAIN,), (system, "94225005")).match is DECIDES


@pytest.mark.parametrize(
    ("system", "code", "wanted"),
    [
        ("urn:oid:2.16.840.1.113883.6.1", "24590-2", MRI),
        ("https://loinc.org", "24590-2", MRI),
        ("http://loinc.org/", "24590-2", MRI),
        ("http://loinc.org|2.77", "24590-2", MRI),
        ("HTTPS://LOINC.ORG/", "24590-2", MRI),
        ("urn:oid:2.16.840.1.113883.6.90", "C43.59", SKIN),
        ("urn:oid:2.16.840.1.113883.6.3", "C43.5", SKIN),
        ("http://terminology.hl7.org/CodeSystem/icd10", "C43.5", SKIN),
        ("urn:oid:2.16.840.1.113883.6.88", "70223", codes.DRUG_ALDESLEUKIN),
        ("urn:oid:2.16.840.1.113883.6.73", "L03AC01", codes.DRUG_ALDESLEUKIN),
        ("http://fhir.de/CodeSystem/bfarm/atc", "L03AC01", codes.DRUG_ALDESLEUKIN),
    ],
)
def test_another_address_of_the_same_system(system: str, code: str, wanted: ValueSet) -> None:
    assert _judged((wanted,), (system, code)).match is DECIDES


@pytest.mark.parametrize(
    "system",
    ["http://snomed.info", "http://snomed.info/sctx", "http://example.org/sct", "SNOMED-CT", ""],
)
def test_an_address_of_no_system_that_is_known(system: str) -> None:
    assert _judged((BRAIN,), (system, "94225005")).match is NONE


@pytest.mark.parametrize("code", ["C43.59", "C4359", "c43.59", " C43.59 ", "C43-59"])
def test_icd_codes_are_compared_without_the_dot(code: str) -> None:
    assert _judged((SKIN,), (ICD10CM, code)).match is DECIDES


def test_other_codes_keep_their_signs() -> None:
    assert _judged((MRI,), (LOINC, "245902")).match is NONE
    assert coding(LOINC, " 24590-2 ").code == "24590-2"


@pytest.mark.parametrize("system", [GM, GM.replace("bfarm", "dimdi"), f"{ICD10}-nl"])
@pytest.mark.parametrize(
    ("code", "wanted", "expected"),
    [
        ("C43.5", SKIN, DECIDES),
        ("C43.59", SKIN, DECIDES),
        ("C79.3", BRAIN, ASKS),
        ("C79.3+", BRAIN, ASKS),
        ("C79.3\u2020", BRAIN, ASKS),
        ("C79.3*", BRAIN, ASKS),
        ("C79.3!", BRAIN, ASKS),
        ("C79.31", BRAIN, ASKS),
        ("C79.8", BRAIN, NONE),
    ],
)
def test_a_national_icd_10_counts_by_its_first_four_characters(
    system: str, code: str, wanted: ValueSet, expected: Match
) -> None:
    assert _judged((wanted,), (system, code)).match is expected


def test_the_american_icd_10_counts_whole() -> None:
    assert _judged((BRAIN,), (ICD10CM, "C79.3")).match is not DECIDES
    assert _judged((BRAIN,), BRAIN_ICD).match is DECIDES


def test_a_coding_remembers_how_it_was_written() -> None:
    found = coding("https://hl7.org/fhir/sid/icd-10-cm", "c43.59", "Melanoma")
    assert (found.code, found.written, found.display) == ("C4359", "c43.59", "Melanoma")
    assert found.token == f"{ICD10CM}|c43.59"
    assert Coding(SNOMED, "1").token == f"{SNOMED}|1"


# Sets ---------------------------------------------------------------------------------------------


def test_search_tokens_are_whole_codes_that_may_be_found_each_once() -> None:
    tokens = MRI.tokens(LOINC, SNOMED)
    assert f"{LOINC}|24590-2" in tokens
    assert f"{SNOMED}|816077007" in tokens
    assert f"{LOINC}|36096-6" in tokens
    assert f"{LOINC}|30656-3" not in tokens
    assert len(tokens) == len(set(tokens))
    assert not [token for token in MRI.tokens(LOINC) if token.startswith(SNOMED)]
    assert SKIN.tokens(ICD10CM)
    assert f"{ICD10CM}|C43" not in SKIN.tokens(ICD10CM)
    assert not SKIN.tokens()


def test_a_family_is_the_set_and_what_belongs_to_it() -> None:
    family = codes.family(BRAIN)
    assert {"brain-metastasis", "brain-metastasis-lookalike", "brain-lesion-unspecific"} <= family
    assert "melanoma-cutaneous" not in family
    assert codes.family(value_set("lvef")) == {"lvef"}


# Rule 7: acute sets, "but for chronic codes" -----------------------------------------------------


def test_the_chronic_codes_say_so_by_their_names() -> None:
    assert len(codes.CHRONIC) == 8
    for code in codes.CHRONIC:
        assert code.value_set in codes.ACUTE
        assert re.search("chronic|dialysis", code.display, re.IGNORECASE), code.token
        assert code.use is not codes.Use.NEVER
