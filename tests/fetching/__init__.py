"""What the EHR did not send, read from its FHIR server."""
