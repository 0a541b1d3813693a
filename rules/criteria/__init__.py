"""All criteria that are built so far, in the order of the rule book."""

from rules.criteria import (
    blood_pressure,
    autoimmunity,
    brain_findings,
    brain_imaging,
    brain_lesions,
    brain_treatment,
    cardiac,
    cns,
    disease,
    haematology,
    heart_disease,
    immune,
    interacting_drugs,
    performance,
    prior_course,
    prior_toxicity,
    pulmonary,
    renal_hepatic,
    setting_and_order,
    stress_test,
    wall_motion,
)
from rules.model import Criterion

CRITERIA: tuple[Criterion, ...] = (
    *disease.CRITERIA,
    *performance.CRITERIA,
    *brain_imaging.IMAGING,
    *cns.FUNCTION,
    *brain_lesions.LESION_ROWS,
    *brain_treatment.CRITERIA,
    *brain_imaging.SCAN,
    *brain_findings.CRITERIA,
    *cns.HISTORY,
    *cardiac.CRITERIA,
    *wall_motion.CRITERIA,
    *heart_disease.CORONARY,
    *stress_test.CRITERIA,
    *heart_disease.FAILURE_AND_ARRHYTHMIA,
    *blood_pressure.CRITERIA,
    *pulmonary.CRITERIA,
    *renal_hepatic.CRITERIA,
    *haematology.CRITERIA,
    *immune.CRITERIA,
    *autoimmunity.CRITERIA,
    *prior_toxicity.CRITERIA,
    *prior_course.CRITERIA,
    *interacting_drugs.CRITERIA,
    *setting_and_order.CRITERIA,
)

# criteria.md, sections A to M. Until all are built, every assessment says so.
ROWS_OF_THE_RULE_BOOK = 72
