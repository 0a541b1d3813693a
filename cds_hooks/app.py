"""HTTP: paths, methods, sizes, content types, CORS. What is answered is made in `answer.py`."""

import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from uuid import uuid4

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cds_hooks import clock, logs, pages, policy, samples, services
from cds_hooks.answer import answer, parse
from cds_hooks.cards import suggestions
from cds_hooks.cards.compose import cards
from cds_hooks.errors import (
    AdvisorError,
    BadRequest,
    NotFound,
    OurFault,
    TooLarge,
    WrongContentType,
    WrongMethod,
)
from cds_hooks.evaluate import evaluate
from cds_hooks.settings import Settings, load
from rules.site_rules import SiteRules

_JSON = "application/json"
_FHIR_JSON = "application/fhir+json"
_IS_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)
# A body over the limit is read and thrown away up to this many times the limit, so that the
# client hears the 413 instead of a reset connection.
_DRAIN = 4
# Bodies beyond this are worked on in a thread, so that light requests do not wait for them.
_HEAVY_BYTES = 256 * 1024

_Handler = Callable[[Request], Awaitable[Response]]


def create(settings: Settings | None = None) -> ASGIApp:
    """The application; a worker process reads its settings from the environment, and the policy."""
    settings = settings or load({}, os.environ)
    routes = [
        Route("/cds-services", _answered(_discovery), methods=["GET"]),
        Route("/cds-services/{id}", _answered(_service), methods=["POST"]),
        Route("/rulebook", _answered(_rule_book), methods=["GET"]),
    ]
    app = Starlette(
        routes=routes,
        lifespan=_lifespan,
        exception_handlers={HTTPException: _http_error},
    )
    app.state.settings = settings
    app.state.rules = policy.rules(settings.policy)
    app.router.redirect_slashes = False  # a redirect would echo a foreign Host
    # outermost, so that errors carry the headers too (SEC-5); never credentials (PRD-15)
    return CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "accept"],
        max_age=600,
    )


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """What is slow to import or to build is done here, never in the first request."""
    logs.set_up()
    rules: SiteRules = app.state.rules
    suggestions.warm_up(rules)
    services.discovery(rules)
    pages.rule_book(rules, _today(app.state.settings))
    warm = evaluate(samples.chart(), samples.AS_OF, rules=rules)
    # as published: under a policy the sample patient may have no card
    cards(warm, patient_id="warm-up", encounter_id=None, rule_book_url="http://127.0.0.1")
    BadRequest("warm up").outcome()
    yield


async def _discovery(request: Request) -> Response:
    return _json(200, services.discovery(request.app.state.rules))


async def _rule_book(request: Request) -> Response:
    page = pages.rule_book(request.app.state.rules, _today(request.app.state.settings))
    return Response(page, media_type="text/html; charset=utf-8")


def _today(settings: Settings) -> date:
    return clock.today(settings.zone)


async def _service(request: Request) -> Response:
    service = services.by_id(request.path_params["id"])
    if service is None:
        raise NotFound("no such service: GET /cds-services lists them")
    settings: Settings = request.app.state.settings
    started = time.perf_counter()
    _check_content_type(request.headers.get("content-type"))
    body = await _body(request, settings.max_body_mb * 1024 * 1024)

    def make() -> bytes:
        asked = parse(body, frozenset({service.hook}))
        request.state.hook_instance = asked.hook_instance
        made = answer(
            asked,
            now=clock.now(settings.zone),
            rule_book_url=settings.rule_book_url,
            rules=request.app.state.rules,
        )
        return msgspec.json.encode(made)

    sent = await run_in_threadpool(make) if len(body) > _HEAVY_BYTES else make()
    logs.event(
        "answered",
        **_known(request),
        service=service.id,
        status=200,
        bytes_in=len(body),
        bytes_out=len(sent),
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return Response(sent, media_type=_JSON)


def _known(request: Request) -> dict[str, str]:
    """The hookInstance of a call, once it is read: a random UUID, for the EHR's own log."""
    instance = getattr(request.state, "hook_instance", None)
    return {"hookInstance": instance} if instance else {}


def _check_content_type(header: str | None) -> None:
    media, _, parameters = (header or "").partition(";")
    if not _IS_JSON.fullmatch(media.strip()):
        raise WrongContentType("the Content-Type is not JSON: send application/json")
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    if charset and charset.group(1).lower() not in ("utf-8", "utf8", "us-ascii"):
        raise WrongContentType("the charset is not UTF-8: send JSON in UTF-8")


async def _body(request: Request, limit: int) -> bytes:
    """The whole body; `TooLarge` beyond the limit, without keeping more than that."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                parts.append(part)
            else:
                parts.clear()
                if size > limit * _DRAIN:
                    break
    except ClientDisconnect:
        raise BadRequest("the body ended before it was complete") from None
    if size > limit:
        raise TooLarge(f"the body is larger than {limit // (1024 * 1024)} MB: send a smaller one")
    return b"".join(parts)


def _answered(handler: _Handler) -> _Handler:
    """The edge: every error becomes an OperationOutcome, and never an empty list of cards."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except AdvisorError as error:
            return _refused(error, request)
        except Exception as error:  # the one place where our own mistakes end
            fault_id = str(uuid4())
            logs.fault(error, fault_id, **_known(request))
            said = f"a fault of the service, id {fault_id}: its log has more under this id"
            return _refused(OurFault(said), request)

    return answered


async def _http_error(request: Request, error: Exception) -> Response:
    """Paths and methods that Starlette refuses, as our own errors."""
    if isinstance(error, HTTPException) and error.status_code == WrongMethod.status:
        refused = _refused(WrongMethod("this path does not know that method"), request)
        refused.headers.update(error.headers or {})
        return refused
    return _refused(NotFound("no such path: GET /cds-services lists the services"), request)


def _refused(error: AdvisorError, request: Request) -> Response:
    logs.event("refused", **_known(request), status=error.status, code=error.issue_code)
    return _json(error.status, error.outcome(), _FHIR_JSON)


def _json(status: int, content: object, media_type: str = _JSON) -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type=media_type)
