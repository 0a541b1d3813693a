"""
Each line of a card says whose limit it is (criteria.md, section L; its sources are SECONDARY).

And never what to do with the medicine: "Card never says stop it".
"""

import re
from datetime import date

import pytest

from cds_hooks.commands.telling import card_text
from cds_hooks.evaluate import evaluate
from tests.build import (
    PATIENT_ID,
    TODAY,
    aldesleukin_order,
    chart,
    medication_request,
    nothing_against,
)

ADVICE = re.compile(r"\b(?:stop|hold|withhold|discontinue|avoid|switch|reduce)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("medicine", "line", "whose"),
    [
        ("prednisone 20 mg tablet", "Systemic steroid", "UK text"),
        ("tacrolimus 1 mg capsule", "Immunosuppressant", "trial"),
        ("lisinopril 10 mg tablet", "Blood pressure medicine", "secondary source"),
        ("ibuprofen 400 mg tablet", "Nephrotoxic medicine", "secondary source"),
        ("doxorubicin injection", "Medicine toxic to heart or liver", "secondary source"),
        ("lorazepam 1 mg tablet", "Psychotropic", "secondary source"),
        ("iohexol 350 mg/ml injection", "Iodinated contrast", "UK-derived text"),
        ("tamoxifen 20 mg tablet", "Interferon alfa or chemotherapy", "secondary source"),
    ],
)
def test_a_card_says_whose_word_it_is_and_gives_no_advice(
    medicine: str, line: str, whose: str
) -> None:
    ordered = medication_request(text=medicine, days_ago=0)
    document = chart(*nothing_against(x=ordered, order=aldesleukin_order()))
    card = card_text(evaluate(document, date.fromisoformat(TODAY), PATIENT_ID))
    (told,) = [one for one in card if one.startswith(f"- {line}")]
    assert medicine in told
    assert whose in told
    assert not ADVICE.search(told)
