"""
The numbered points of the CDS Hooks checklist; each test cites the numbers of its points.

The points are those of 2.0.1 that bind a `patient-view` service without fetching, feedback and
tokens; what 3.0 adds is here where we take it. `docs/conformance.md` has all of them, with the
tests of each; `test_document.py` holds the two together.
"""
