"""No autoimmune or inflammatory disease? Criteria.md, section I; Stevens-Johnson for life."""

import pytest

from tests.build import (
    ICD10,
    ICD10CM,
    LOCAL,
    SNOMED,
    SOMEBODY_ELSE,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    assert_verdict,
    chart,
    colonoscopy,
    condition,
    finding,
    hypertension,
    visit_diagnosis,
    withheld,
)

ROW = "autoimmune-disease-absent"

CROHN = Code(ICD10CM, "K50.90", "Crohn's disease, unspecified, without complications")
RHEUMATOID = Code(SNOMED, "69896004", "Rheumatoid arthritis (disorder)")
PSORIASIS_WHO = Code(ICD10, "L40", "Psoriasis")
AUTOIMMUNE = Code(SNOMED, "85828009", "Autoimmune disease (disorder)")
CHOLECYSTITIS = Code(ICD10CM, "K81.0", "Acute cholecystitis")
ARTHRITIS = Code(SNOMED, "3723001", "Arthritis (disorder)")
GRAFT_VERSUS_HOST = Code(ICD10CM, "D89.813", "Graft-versus-host disease, unspecified")

STEVENS_JOHNSON = Code(ICD10CM, "L51.1", "Stevens-Johnson syndrome")
STEVENS_JOHNSON_SNOMED = Code(SNOMED, "73442001", "Stevens-Johnson syndrome (disorder)")
BULLOUS_WHO = Code(ICD10, "L51.1", "Bullous erythema multiforme")
ERYTHEMA = Code(ICD10CM, "L51.0", "Nonbullous erythema multiforme")

VITILIGO = Code(ICD10CM, "L80", "Vitiligo")
VITILIGO_SNOMED = Code(SNOMED, "56727007", "Vitiligo (disorder)")
VITILIGO_WHO = Code(ICD10, "L80", "Vitiligo, autoimmune")
VITILIGO_EYELID = Code(ICD10CM, "H02.734", "Vitiligo of left upper eyelid and periocular area")
HASHIMOTO = Code(SNOMED, "21983002", "Hashimoto thyroiditis (disorder)")
THYROIDITIS_AUTOIMMUNE = Code(ICD10CM, "E06.3", "Autoimmune thyroiditis")
GRAVES = Code(SNOMED, "353295004", "Graves' disease (disorder)")
THYROIDITIS = Code(SNOMED, "82119001", "Thyroiditis (disorder)")
THYROIDITIS_UNSPECIFIED = Code(ICD10CM, "E06.9", "Thyroiditis, unspecified")
HYPOTHYROIDISM = Code(ICD10CM, "E03.9", "Hypothyroidism, unspecified")


def with_problems(*resources: Resource) -> bytes:
    return chart(hypertension(), *resources)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        # Active
        pytest.param(with_problems(condition(CROHN)), "not-met", id="Crohn disease"),
        pytest.param(with_problems(condition(RHEUMATOID)), "not-met", id="rheumatoid arthritis"),
        pytest.param(with_problems(condition(PSORIASIS_WHO)), "not-met", id="WHO ICD-10"),
        pytest.param(
            with_problems(condition(CROHN, days_ago=9000)), "not-met", id="for decades, active"
        ),
        pytest.param(with_problems(condition(CROHN, days_ago=None)), "not-met", id="no date"),
        pytest.param(
            with_problems(condition(CROHN, clinical="relapse")), "not-met", id="in relapse"
        ),
        pytest.param(
            with_problems(condition(CROHN, clinical=None)), "not-met", id="no status, no end"
        ),
        pytest.param(
            with_problems(visit_diagnosis(CROHN, days_ago=400)),
            "not-met",
            id="a visit long ago: it is no acute disease",
        ),
        pytest.param(
            with_problems(condition(VITILIGO, CROHN)), "not-met", id="vitiligo and Crohn in one"
        ),
        pytest.param(
            with_problems(condition(CROHN, AUTOIMMUNE)),
            "not-met",
            id="one that decides outweighs one that asks",
        ),
        # Over
        pytest.param(
            with_problems(condition(CROHN, clinical="resolved")), "met", id="Crohn, resolved"
        ),
        pytest.param(
            with_problems(condition(CROHN, clinical="remission")), "met", id="Crohn, in remission"
        ),
        pytest.param(
            with_problems(condition(CROHN, clinical=None, abated_days_ago=90)),
            "met",
            id="abated, no status",
        ),
        # Stevens-Johnson, for life
        pytest.param(
            with_problems(condition(STEVENS_JOHNSON)), "not-met", id="Stevens-Johnson, active"
        ),
        pytest.param(
            with_problems(
                condition(STEVENS_JOHNSON, onset="2009", clinical="resolved", abated_days_ago=5000)
            ),
            "not-met",
            id="Stevens-Johnson 2009, resolved",
        ),
        pytest.param(
            with_problems(condition(STEVENS_JOHNSON_SNOMED, clinical="inactive", days_ago=None)),
            "not-met",
            id="Stevens-Johnson, inactive, no date",
        ),
        pytest.param(
            with_problems(condition(text="Stevens-Johnson syndrome 2009", clinical="resolved")),
            "unknown:unclassified",
            id="Stevens-Johnson in words, resolved",
        ),
        pytest.param(
            with_problems(condition(BULLOUS_WHO, clinical="resolved")),
            "unknown:unclassified",
            id="the WHO's code that includes Stevens-Johnson, resolved",
        ),
        pytest.param(
            with_problems(condition(STEVENS_JOHNSON, ERYTHEMA, clinical="resolved")),
            "unknown:conflicting",
            id="Stevens-Johnson and its look-alike in one entry",
        ),
        pytest.param(
            with_problems(condition(STEVENS_JOHNSON, verification="unconfirmed")),
            "unknown:unclassified",
            id="Stevens-Johnson, unconfirmed",
        ),
        pytest.param(with_problems(condition(ERYTHEMA)), "met", id="the look-alike alone"),
        # Accepted
        pytest.param(with_problems(condition(VITILIGO)), "met", id="vitiligo"),
        pytest.param(with_problems(condition(VITILIGO_SNOMED)), "met", id="vitiligo, SNOMED"),
        pytest.param(
            with_problems(condition(VITILIGO_WHO)), "met", id="vitiligo, called autoimmune"
        ),
        pytest.param(with_problems(condition(VITILIGO_EYELID)), "met", id="vitiligo of the eyelid"),
        pytest.param(with_problems(condition(HASHIMOTO)), "met", id="Hashimoto thyroiditis"),
        pytest.param(
            with_problems(condition(THYROIDITIS_AUTOIMMUNE)), "met", id="autoimmune thyroiditis"
        ),
        pytest.param(with_problems(condition(GRAVES)), "met", id="Graves disease"),
        pytest.param(
            with_problems(condition(THYROIDITIS_AUTOIMMUNE, THYROIDITIS)),
            "met",
            id="autoimmune thyroiditis, with the code of any thyroiditis",
        ),
        pytest.param(with_problems(condition(HYPOTHYROIDISM)), "met", id="hypothyroidism"),
        pytest.param(
            with_problems(condition(VITILIGO), condition(CROHN)), "not-met", id="vitiligo and Crohn"
        ),
        # Perhaps
        pytest.param(
            with_problems(condition(THYROIDITIS_UNSPECIFIED)),
            "unknown:unclassified",
            id="thyroiditis of any cause only asks",
        ),
        pytest.param(
            with_problems(condition(AUTOIMMUNE)), "unknown:unclassified", id="of no named kind"
        ),
        pytest.param(
            with_problems(condition(CHOLECYSTITIS)), "unknown:unclassified", id="cholecystitis"
        ),
        pytest.param(
            with_problems(condition(text="Ulcerative colitis")),
            "unknown:unclassified",
            id="words only",
        ),
        pytest.param(
            with_problems(condition(LOCAL, text="Psoriasis")),
            "unknown:unclassified",
            id="a code of the site's own list, with words",
        ),
        pytest.param(
            with_problems(condition(CROHN, verification="provisional")),
            "unknown:unclassified",
            id="provisional",
        ),
        pytest.param(
            with_problems(condition(CROHN, abated_days_ago=10)),
            "unknown:conflicting",
            id="active and abated",
        ),
        pytest.param(
            with_problems(condition(CROHN, onset=ago(-3))), "unknown:unreadable", id="in the future"
        ),
        # Not the thing
        pytest.param(with_problems(), "met", id="none recognised"),
        pytest.param(with_problems(condition(ARTHRITIS)), "met", id="arthritis of any kind"),
        pytest.param(with_problems(condition(GRAFT_VERSUS_HOST)), "met", id="another row's"),
        pytest.param(with_problems(condition(CROHN, verification="refuted")), "met", id="refuted"),
        pytest.param(
            with_problems(condition(CROHN, verification="entered-in-error")), "met", id="an error"
        ),
        pytest.param(
            with_problems(condition(CROHN, subject=SOMEBODY_ELSE)), "met", id="another patient's"
        ),
        pytest.param(
            with_problems(condition(text="Family history of lupus")), "met", id="the family's"
        ),
        # Skipped, nothing to search, withheld
        pytest.param(
            with_problems(condition(CROHN, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped, its code can be read",
        ),
        pytest.param(
            with_problems(condition(code="K50.90", subject=None)),
            "unknown:unreadable",
            id="skipped, not even its code can be read",
        ),
        pytest.param(chart(), "unknown:absent", id="no problem recorded"),
        pytest.param(chart(colonoscopy()), "unknown:absent", id="operations, but no problems"),
        pytest.param(
            withheld(hypertension(), missing=["encounterDx"]),
            "unknown:not-shared",
            id="visits did not come",
        ),
        pytest.param(
            withheld(hypertension(), condition(VITILIGO), refused=["problems"]),
            "unknown:not-shared",
            id="problems refused",
        ),
        pytest.param(
            withheld(visit_diagnosis(CROHN), missing=["problems"]),
            "not-met",
            id="found in what came",
        ),
    ],
)
def test_autoimmune_disease_absent(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)


def remark_on(*resources: Resource) -> str:
    return str(finding(with_problems(*resources), ROW).get("remark", ""))


def test_what_is_accepted_is_shown_with_a_remark() -> None:
    assert "Vitiligo" in remark_on(condition(VITILIGO))
    assert "stable replacement" in remark_on(condition(GRAVES))
    both = remark_on(condition(VITILIGO), condition(HASHIMOTO))
    assert "Vitiligo" in both
    assert "stable replacement" in both
    assert finding(with_problems(condition(HASHIMOTO)), ROW)["evidence"]


def test_hypothyroidism_of_unstated_cause_has_the_remark_too() -> None:
    assert "stable replacement" in remark_on(condition(HYPOTHYROIDISM))


def test_what_is_over_is_not_spoken_of() -> None:
    assert "Vitiligo" not in remark_on(condition(VITILIGO, clinical="resolved"))
