"""
FHIR R4 servers that others wrote, run here and read with our queries; not collected by pytest.

    python -m pytest tests/servers/{read_back,own_codes,facts,cards,sandbox}.py

Needs a package index, and for HAPI FHIR a JDK of 17 or newer and Maven. What was found is in
`docs/fhir-servers.md`.
"""
