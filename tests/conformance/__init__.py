"""The numbered points of the CDS Hooks checklist; each test bears its number."""
