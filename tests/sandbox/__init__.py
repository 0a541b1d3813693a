"""
Our service against any public FHIR R4 server: reads only, and nothing without `--fhir-base`.

    python -m pytest -m sandbox --fhir-base https://r4.smarthealthit.org

For servers whose patients are invented. How to run it, and what a failure means:
`docs/fhir-servers.md`.
"""
