"""From FHIR to facts: what is read, what is set aside, and what is said of it."""
