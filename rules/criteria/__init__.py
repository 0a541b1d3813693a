"""All criteria that are built so far, in the order of the rule book."""

from rules.criteria import (
    brain_findings,
    brain_imaging,
    brain_lesions,
    brain_treatment,
    cardiac,
    cns,
    disease,
    dose,
    haematology,
    immune,
    interacting_drugs,
    line_of_therapy,
    performance,
    prognosis,
    regimen,
    renal_hepatic,
    setting_and_order,
)
from rules.model import Criterion

CRITERIA: tuple[Criterion, ...] = (
    *disease.CRITERIA,
    *line_of_therapy.CRITERIA,
    *regimen.CRITERIA,
    *prognosis.CRITERIA,
    *performance.CRITERIA,
    *brain_imaging.IMAGING,
    *cns.FUNCTION,
    *brain_lesions.LESION_ROWS,
    *brain_treatment.CRITERIA,
    *brain_imaging.SCAN,
    *brain_findings.CRITERIA,
    *cns.HISTORY,
    *cardiac.CRITERIA,
    *renal_hepatic.CRITERIA,
    *haematology.CRITERIA,
    *immune.CRITERIA,
    *interacting_drugs.CRITERIA,
    *setting_and_order.SETTING,
    *dose.CRITERIA,
    *setting_and_order.PLAN,
)

# criteria.md, sections A to M. Until all are built, every assessment says so.
ROWS_OF_THE_RULE_BOOK = 72
