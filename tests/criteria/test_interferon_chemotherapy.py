"""No interferon alfa, dacarbazine, cisplatin, tamoxifen with IL-2? Criteria.md, section L.

Active, or given in the last 14 days (one trial).
"""

import pytest

from tests.build import (
    ATC,
    RXNORM,
    Code,
    assert_verdict,
    medication_request,
)
from tests.criteria.drug_tables import every_class, taking

ROW = "interferon-chemotherapy"

CISPLATIN = Code(RXNORM, "2555", "cisplatin")
PEGINTERFERON = Code(RXNORM, "253453", "peginterferon alfa-2b")
INTERFERON_BETA_ATC = Code(ATC, "L03AB07", "interferon beta-1a")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        *every_class(CISPLATIN, "dacarbazine 200 mg", days=14),
        pytest.param(taking(medication_request(PEGINTERFERON)), "not-met", id="interferon alfa"),
        pytest.param(
            taking(medication_request(text="interferon alfa-2b (Intron A) 10 million unit")),
            "not-met",
            id="interferon alfa by name",
        ),
        pytest.param(
            taking(medication_request(text="tamoxifen 20 mg tablet")), "not-met", id="tamoxifen"
        ),
        pytest.param(
            taking(medication_request(text="interferon beta-1a")), "met", id="another interferon"
        ),
        pytest.param(
            taking(medication_request(INTERFERON_BETA_ATC)), "met", id="another, by its code"
        ),
        pytest.param(
            taking(medication_request(text="carboplatin 450 mg")), "met", id="another platinum"
        ),
    ],
)
def test_interferon_chemotherapy(document: bytes, expected: str) -> None:
    assert_verdict(document, ROW, expected)
