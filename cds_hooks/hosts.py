"""
The Host of a request: a page of another site, led here by a false DNS answer, is refused.

Such a page can only come under a public DNS name. Addresses and names without a dot (a machine
or container of the same network) are therefore taken as they are.
"""

import ipaddress
import re

# A name or an IPv4 address, or an IPv6 address in brackets; a port may follow.
_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::\d{1,5})?")


def is_ours(header: str, names: frozenset[str] | None) -> bool:
    """Whether a Host header means this service; `names` None: any well-formed one does."""
    found = _HOST.fullmatch(header)
    if found is None:
        return False
    name = found["six"] or found["name"].rstrip(".").casefold()
    if names is None or name in names or "." not in name:
        return True
    return name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
