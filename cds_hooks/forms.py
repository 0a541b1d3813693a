"""The forms that what others send must have before it goes into a query or a header."""

import re
from typing import Final

ID_PATTERN: Final = "[A-Za-z0-9.-]{1,64}"  # FHIR R4, the type `id`
ID: Final = re.compile(ID_PATTERN)
# RFC 6750: nothing else may stand in the header of a bearer token
TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
