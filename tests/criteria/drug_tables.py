"""What section L of criteria.md asks of every class of medicines alike, for the tables of rows."""

from typing import Any

import pytest

from tests.build import (
    ORAL,
    OURS,
    SOMEBODY_ELSE,
    TOPICAL,
    UNKNOWN_MODIFIER,
    Code,
    Resource,
    ago,
    aldesleukin_order,
    chart,
    hypertension,
    medication_administration,
    medication_request,
    medication_statement,
    nothing_against,
    vitamin_d,
    withheld,
)

NAMELESS = Code(OURS, "48151")


def taking(*resources: Resource) -> bytes:
    """A medicine of no interest, and these."""
    return chart(hypertension(), vitamin_d(), *resources)


def _until(days_ago: int) -> Resource:
    """A dosage for a time that ended so many days ago."""
    return {"timing": {"repeat": {"boundsPeriod": {"start": ago(90), "end": ago(days_ago)}}}}


def every_class(drug: Code, name: str, *, days: int) -> list[Any]:
    """
    The rows of a table that hold for every class.

    `drug` and `name` decide for the class; `days`: the window of a dose given, 0 for today only.
    """
    ordered = medication_request
    return [
        # Active, or given
        pytest.param(taking(ordered(drug)), "not-met", id="ordered, active"),
        pytest.param(taking(ordered(drug, route=ORAL)), "not-met", id="by mouth"),
        pytest.param(taking(ordered(drug, intent="plan")), "not-met", id="reported as taken"),
        pytest.param(taking(medication_statement(drug)), "not-met", id="stated, active"),
        pytest.param(taking(ordered(text=name)), "not-met", id="by name"),
        pytest.param(
            taking(ordered(NAMELESS, text=name.upper())), "not-met", id="by name, an own code"
        ),
        pytest.param(taking(ordered(drug, days_ago=365)), "not-met", id="ordered a year ago"),
        pytest.param(taking(ordered(drug, days_ago=366)), "met", id="ordered a year and a day ago"),
        pytest.param(
            taking(medication_administration(drug, days_ago=days)),
            "not-met",
            id="given, last day of the window",
        ),
        pytest.param(
            taking(medication_administration(drug, days_ago=days + 1)),
            "met",
            id="given, a day too long ago",
        ),
        pytest.param(
            taking(medication_administration(drug, days_ago=days + 9, status="in-progress")),
            "not-met",
            id="given, still running",
        ),
        pytest.param(
            taking(aldesleukin_order(), ordered(drug, status="draft")),
            "not-met",
            id="drafted beside the aldesleukin order",
        ),
        # Not, or no more
        pytest.param(chart(*nothing_against()), "met", id="a chart with nothing against"),
        pytest.param(taking(), "met", id="other medicines only"),
        pytest.param(taking(ordered(drug, status="completed")), "met", id="completed"),
        pytest.param(taking(ordered(drug, status="stopped")), "met", id="stopped"),
        pytest.param(taking(ordered(drug, status="entered-in-error")), "met", id="an error"),
        pytest.param(taking(ordered(drug, status="draft")), "met", id="drafted, nothing else"),
        pytest.param(taking(ordered(drug, intent="proposal")), "met", id="only proposed"),
        pytest.param(taking(ordered(drug, doNotPerform=True)), "met", id="an order not to give it"),
        pytest.param(taking(ordered(drug, subject=SOMEBODY_ELSE)), "met", id="another patient's"),
        pytest.param(taking(medication_statement(drug, status="not-taken")), "met", id="not taken"),
        pytest.param(
            taking(medication_administration(drug, days_ago=0, status="not-done")),
            "met",
            id="not given",
        ),
        pytest.param(taking(ordered(drug, route=TOPICAL)), "met", id="on the skin"),
        pytest.param(taking(ordered(drug, text=f"{name} cream")), "met", id="a cream"),
        pytest.param(
            taking(ordered(drug, dosageInstruction=[_until(days + 1)])),
            "met",
            id="ordered for a time that is over",
        ),
        pytest.param(
            taking(ordered(drug, dosageInstruction=[_until(days)])),
            "not-met",
            id="ordered for a time whose end is in the window",
        ),
        # Perhaps
        pytest.param(taking(ordered(drug, status="on-hold")), "unknown:unclassified", id="on hold"),
        pytest.param(
            taking(ordered(drug, status="unknown")), "unknown:unclassified", id="status unknown"
        ),
        pytest.param(
            taking(ordered(NAMELESS)),
            "unknown:unclassified",
            id="neither a listed code nor a text",
        ),
        pytest.param(taking(ordered(drug, days_ago=-1)), "unknown:unreadable", id="from tomorrow"),
        pytest.param(taking(ordered(drug, days_ago=None)), "unknown:unreadable", id="undated"),
        pytest.param(
            taking(medication_administration(drug, days_ago=None)),
            "unknown:unreadable",
            id="given, nobody knows when",
        ),
        pytest.param(
            taking(ordered(drug, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped, and of the class",
        ),
        pytest.param(
            taking(ordered(text=name, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped, and of the class by name",
        ),
        pytest.param(
            taking(ordered(NAMELESS, modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unclassified",
            id="skipped, neither a listed code nor a text",
        ),
        pytest.param(
            taking(ordered(modifierExtension=UNKNOWN_MODIFIER)),
            "unknown:unreadable",
            id="skipped, and without a code",
        ),
        pytest.param(
            taking(ordered(NAMELESS), ordered(drug)), "not-met", id="one unclear, one of the class"
        ),
        # Nothing to search, or withheld
        pytest.param(chart(hypertension()), "unknown:absent", id="no medicine recorded"),
        pytest.param(
            chart(medication_administration(text="cholecalciferol 1000 unit")),
            "unknown:absent",
            id="given medicines only: the list of medicines is needed",
        ),
        pytest.param(
            chart(medication_administration(drug, days_ago=0)),
            "not-met",
            id="given, and no list of medicines",
        ),
        pytest.param(
            withheld(hypertension(), missing=["medicines"]), "unknown:not-shared", id="withheld"
        ),
        pytest.param(
            withheld(vitamin_d(), refused=["given"]), "unknown:not-shared", id="given: refused"
        ),
        pytest.param(
            withheld(ordered(drug), refused=["given"]), "not-met", id="found in what came"
        ),
    ]
