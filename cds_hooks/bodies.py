"""The body of a call: what it says it is, how large it may be, and by when it must have come."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from cds_hooks.errors import BadRequest, BodyTooLate, TooLarge, WrongContentType
from cds_hooks.settings import Server

_IS_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w-]+)", re.IGNORECASE)
_MEGABYTE = 1024 * 1024
# A body over the limit is read and thrown away up to this many times the limit, so that the
# client hears the 413 instead of a reset connection.
_DRAIN = 4


def check(headers: Headers) -> None:
    """`WrongContentType` unless the head announces JSON in UTF-8 as it stands."""
    media, _, parameters = headers.get("content-type", "").partition(";")
    if not _IS_JSON.fullmatch(media.strip()):
        raise WrongContentType("the Content-Type is not JSON: send application/json")
    charset = _CHARSET.search(parameters)
    if charset and charset.group(1).lower() not in ("utf-8", "utf8", "us-ascii"):
        raise WrongContentType("the charset is not UTF-8: send JSON in UTF-8")
    # nothing is unpacked: a small body must not become a large one
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise WrongContentType(
            "the Content-Encoding is not known here: send the JSON as it is, not compressed"
        )


async def read(request: Request, told: Server) -> bytes:
    """
    The whole body.

    `TooLarge` beyond the limit, without keeping more than that; `BodyTooLate` if it does not end
    in time; `BadRequest` if the client went away.
    """
    limit = told.max_body_mb * _MEGABYTE
    parts, size = await _received(request, limit, told.body_seconds)
    if size > limit:
        raise TooLarge(f"the body is larger than {told.max_body_mb} MB: send a smaller one")
    return b"".join(parts)


async def throw_away(request: Request, told: Server) -> None:
    """Take the body off the line, so that the client hears a refusal; errors change nothing."""
    try:
        await _received(request, 0, told.body_seconds, told.max_body_mb * _MEGABYTE)
    except (BadRequest, BodyTooLate):
        return


async def _received(
    request: Request, limit: int, seconds: int, drain: int | None = None
) -> tuple[list[bytes], int]:
    """The parts of the body while it is within the limit, and its size as far as it was read."""
    most = limit * _DRAIN if drain is None else drain
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size <= limit:
                    parts.append(part)
                    continue
                parts.clear()
                if size > most:
                    break
    except ClientDisconnect:
        raise BadRequest("the body ended before it was complete") from None
    except TimeoutError:
        raise BodyTooLate(
            f"the body did not come whole within {seconds} seconds: send it at once"
        ) from None
    return parts, size
