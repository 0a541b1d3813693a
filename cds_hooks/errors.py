"""
Every error that a caller can meet, drawn out:

    AdvisorError                        status  FHIR issue code
    ├── BadRequest                         400  invalid
    │   └── Unusable                       400  invalid       a document `evaluate` cannot take
    ├── NotFound                           404  not-found
    ├── WrongMethod                        405  not-supported
    ├── BodyTooLate                        408  timeout       the body did not come in time
    ├── GateNotKnown                       412  incomplete    the facts of the gate are out of reach
    ├── TooLarge                           413  too-long
    ├── WrongContentType                   415  not-supported
    ├── OurFault                           500  exception     details are in the log under its id
    └── TooBusy                            503  throttled     with Retry-After

A message names the field, what is wrong, and what to do. It never repeats a value of the chart.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar


class AdvisorError(Exception):
    """Something that we say to the caller instead of an answer."""

    status: ClassVar[int]
    issue_code: ClassVar[str]
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.hook_instance: str | None = None  # of the call that is refused, once it is read
        self.fetched: Mapping[str, str] = {}  # key → how its query of the FHIR server ended

    def outcome(self) -> dict[str, Any]:
        """The same as an OperationOutcome, checked by fhir.resources."""
        made: dict[str, Any] = _outcome_class()(
            issue=[
                {"severity": "error", "code": self.issue_code, "diagnostics": self.message},
            ]
        ).model_dump(mode="json", exclude_none=True)
        return {"resourceType": "OperationOutcome", **made}


@cache
def _outcome_class() -> Any:
    from fhir.resources.R4B.operationoutcome import OperationOutcome  # slow import

    return OperationOutcome


class BadRequest(AdvisorError):
    """The request is not as CDS Hooks wants it."""

    status = 400
    issue_code = "invalid"


class Unusable(BadRequest):
    """A document that is neither a Bundle of one patient nor a CDS Hooks request."""


class NotFound(AdvisorError):
    """No such path."""

    status = 404
    issue_code = "not-found"


class WrongMethod(AdvisorError):
    """The path exists, the method does not."""

    status = 405
    issue_code = "not-supported"


class BodyTooLate(AdvisorError):
    """The body did not come whole in time."""

    status = 408
    issue_code = "timeout"


class GateNotKnown(AdvisorError):
    """It cannot be told whether the patient is ours: never answered with an empty list."""

    status = 412
    issue_code = "incomplete"


class TooLarge(AdvisorError):
    """The body is over the limit."""

    status = 413
    issue_code = "too-long"


class WrongContentType(AdvisorError):
    """The body is not JSON by its Content-Type."""

    status = 415
    issue_code = "not-supported"


class OurFault(AdvisorError):
    """A mistake of ours; the log has the details under the same id."""

    status = 500
    issue_code = "exception"


class TooBusy(AdvisorError):
    """More calls at once than are taken."""

    status = 503
    issue_code = "throttled"
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}
