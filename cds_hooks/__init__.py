"""The shell: CDS Hooks, HTTP and FHIR around the pure rules. READ `answer.py` FIRST."""
