"""
FHIR R4 servers that others wrote, run here and read with our queries; not collected by pytest.

    python -m pytest tests/servers/read_back.py tests/servers/own_codes.py tests/servers/facts.py

Needs a package index, and for HAPI FHIR a JDK of 17 or newer and Maven. What was found is in
`docs/fhir-servers.md`.
"""
