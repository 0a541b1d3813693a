"""FHIR as EHRs send it, read into the chart of the rules."""
