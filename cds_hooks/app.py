"""HTTP: paths, methods, hosts, limits, CORS. What is answered is made in `answer.py`."""

import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from uuid import uuid4

import msgspec
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cds_hooks import (
    bodies,
    clock,
    configuration,
    hosts,
    logs,
    metrics,
    openapi,
    pages,
    policy,
    reloading,
    samples,
    services,
)
from cds_hooks.answer import Answer, answer, parse
from cds_hooks.cards import suggestions
from cds_hooks.cards.compose import cards
from cds_hooks.errors import AdvisorError, BadRequest, NotFound, OurFault, TooBusy, WrongMethod
from cds_hooks.evaluate import evaluate
from cds_hooks.fhir import reader
from cds_hooks.fhir.allowed import LOOPBACK, listed
from cds_hooks.fhir.fetch import Fetching
from cds_hooks.fhir.prefetch import templates
from cds_hooks.fhir.servers import Servers
from cds_hooks.repeats import Repeats
from cds_hooks.services import Service
from cds_hooks.settings import Settings
from rules.policy import Repeat
from rules.site_rules import SiteRules

_JSON = "application/json"
_FHIR_JSON = "application/fhir+json"
# Bodies beyond this are worked on in a thread, so that light requests do not wait for them.
_HEAVY_BYTES = 256 * 1024
_NO_CARD = msgspec.json.encode({"cards": []})

_Handler = Callable[[Request], Awaitable[Response]]


def create(settings: Settings | None = None) -> ASGIApp:
    """The application; a worker process reads its settings from the environment, and the policy."""
    settings = settings or configuration.load({}).settings
    routes = [
        Route("/cds-services", _answered(_discovery), methods=["GET"]),
        Route("/cds-services/{id}", _answered(_service), methods=["POST"]),
        Route("/rulebook", _answered(_rule_book), methods=["GET"]),
        Route("/health/live", _answered(_live), methods=["GET"]),
        Route("/health/ready", _answered(_ready), methods=["GET"]),
        Route("/metrics", _answered(_metrics), methods=["GET"]),
        Route("/openapi.json", _answered(_description), methods=["GET"]),
    ]
    app = Starlette(
        routes=routes,
        lifespan=_lifespan,
        exception_handlers={HTTPException: _http_error},
    )
    app.state.settings = settings
    app.state.rules = policy.rules(settings.policy.file)
    app.state.repeats = Repeats()
    app.state.in_hand = 0  # calls of services that are being answered
    app.state.fetching = _fetching(settings)
    app.router.redirect_slashes = False  # a redirect would echo a foreign Host
    # outermost, so that errors carry the headers too (SEC-5); never credentials (PRD-15)
    return _Cors(
        app,
        allow_origins=settings.server.cors_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "accept"],
        max_age=600,
    )


def _fetching(settings: Settings) -> Fetching:
    """The FHIR servers that may be read."""
    told = settings.allowed_servers
    entries = LOOPBACK if told is None else listed(told)
    return Fetching(Servers(entries, settings.fhir.proxy), settings.fhir.deadline_ms / 1000)


class _Cors(CORSMiddleware):
    """A preflight that is refused is an OperationOutcome too (HTP-4)."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser that asks whether it may call."""
        made = super().preflight_response(request_headers)
        if made.status_code != BadRequest.status:
            return made
        metrics.answered(metrics.NONE, BadRequest.status)
        refused = BadRequest("this origin, method or header may not call: see server.cors_origins")
        body = msgspec.json.encode(refused.outcome())
        kept = {k: v for k, v in made.headers.items() if k.startswith(("access-control-", "vary"))}
        return Response(body, made.status_code, kept, media_type=_FHIR_JSON)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """What is slow to import or to build is done here, never in the first request."""
    logs.set_up()
    settings: Settings = app.state.settings
    reloading.listen(app.state, lambda rules: _warm_up(rules, settings))
    if settings.policy.file is not None:  # again, lest a signal was lost since it was read
        read = reloading.read_again(settings.policy.file, app.state.rules)
        app.state.rules = app.state.rules if read is None else read.rules
    rules: SiteRules = app.state.rules
    _warm_up(rules, settings)
    BadRequest("warm up").outcome()
    app.state.waiting = CapacityLimiter(settings.server.max_concurrent)
    metrics.in_force(rules, settings.mode)
    gc.collect()
    gc.freeze()  # what is there now stays: no later collection looks through it again
    logs.event("started")
    yield
    app.state.fetching.servers.close()
    logs.event("stopped")


def _warm_up(rules: SiteRules, settings: Settings) -> None:
    """Make what follows from a policy alone, at start and when another is put in force."""
    suggestions.warm_up(rules)
    services.discovery(rules, settings.fhir.prefetch)
    openapi.document(rules)
    pages.rule_book(rules, _today(settings))
    warm = evaluate(samples.chart(), samples.AS_OF, rules=rules)
    # as published: under a policy the sample patient may have no card
    cards(warm, patient_id="warm-up", encounter_id=None, rule_book_url="http://127.0.0.1")


async def _discovery(request: Request) -> Response:
    asked = request.app.state.settings.fhir.prefetch
    return _json(200, services.discovery(request.app.state.rules, asked))


async def _rule_book(request: Request) -> Response:
    page = pages.rule_book(request.app.state.rules, _today(request.app.state.settings))
    return Response(page, media_type="text/html; charset=utf-8")


def _today(settings: Settings) -> date:
    return clock.today(settings.zone)


async def _live(_: Request) -> Response:
    """The process answers."""
    return _json(200, {"status": "live"})


async def _ready(request: Request) -> Response:
    """Whether another call would be taken: else a load balancer should look elsewhere."""
    _check_room(request)
    rules: SiteRules = request.app.state.rules
    return _json(200, {"status": "ready", "policy": rules.hash})


async def _metrics(_: Request) -> Response:
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)


async def _description(request: Request) -> Response:
    return _json(200, openapi.document(request.app.state.rules))


def _check_room(request: Request) -> None:
    settings: Settings = request.app.state.settings
    if request.app.state.in_hand >= settings.server.max_concurrent:
        raise TooBusy(
            f"{settings.server.max_concurrent} calls are in hand, and no more are taken at once: "
            "try again in a second"
        )


async def _service(request: Request) -> Response:
    service = services.by_id(request.path_params["id"])
    if service is None:
        raise NotFound("no such service: GET /cds-services lists them")
    request.state.service = service
    settings: Settings = request.app.state.settings
    try:
        _check_room(request)
        bodies.check(request.headers)
    except AdvisorError:
        await bodies.throw_away(request, settings.server)
        raise
    request.app.state.in_hand += 1
    try:
        return await _evaluated(request, service, settings)
    finally:
        request.app.state.in_hand -= 1


async def _evaluated(request: Request, service: Service, settings: Settings) -> Response:
    rules: SiteRules = request.app.state.rules  # until the answer, whatever is reloaded meanwhile
    body = await bodies.read(request, settings.server)
    if rules.is_off(service.id):
        return _switched_off(request, service, len(body))
    asked = parse(body, frozenset({service.hook}))
    request.state.hook_instance = asked.hook_instance
    fetching: Fetching = request.app.state.fetching

    def make() -> tuple[Answer, bytes]:
        now = clock.now(settings.zone)
        made = answer(
            asked,
            now=now,
            rule_book_url=settings.rule_book_url,
            rules=rules,
            fetching=fetching,
        )
        if settings.is_shadow:
            msgspec.json.encode(made.response)  # a fault is a fault here too
            return made, _NO_CARD
        if service is services.PATIENT_VIEW and rules.policy.repeat is Repeat.FOLD:
            repeats: Repeats = request.app.state.repeats
            shown = repeats.fold(service.id, asked, made.cards, now.date())
            made = replace(made, cards=shown)
        return made, msgspec.json.encode(made.response)

    lacks = reader.may_lack(body, asked.prefetch, templates(rules))
    if lacks and fetching.may_read(asked.fhir_server):
        # it may wait for another server: never in the place of a call that waits for nobody
        made, sent = await to_thread.run_sync(make, limiter=request.app.state.waiting)
    elif len(body) > _HEAVY_BYTES:
        made, sent = await to_thread.run_sync(make)
    else:
        made, sent = make()
    level = made.cards[0]["indicator"] if made.cards else metrics.NONE
    metrics.fetched(made.fetched)
    metrics.evaluated(service.id, made.assessment, level, len(body), len(sent), settings.mode)
    request.state.line = {"bytes_in": len(body), "bytes_out": len(sent)}
    if settings.is_shadow:
        _tell_shadow(request, metrics.status_of(made.assessment), level)
    return Response(sent, media_type=_JSON)


def _switched_off(request: Request, service: Service, bytes_in: int) -> Response:
    """No card, and nothing of the call is read: a switch must work whatever it is pulled for."""
    metrics.switched_off(service.id)
    sizes = {"bytes_in": bytes_in, "bytes_out": len(_NO_CARD)}
    request.state.line = {**sizes, "switched_off": True}
    return Response(_NO_CARD, media_type=_JSON)


def _tell_shadow(request: Request, found: str, indicator: str) -> None:
    """What would have been shown; an outcome never stands beside the id of its call."""
    request.state.hook_instance = None
    request.state.line |= {"mode": "shadow", "assessment": found, "indicator": indicator}


def _known(request: Request) -> dict[str, str]:
    """What the log may tell of a call: its service, hook and hookInstance (a random UUID)."""
    service: Service | None = getattr(request.state, "service", None)
    instance: str | None = getattr(request.state, "hook_instance", None)
    known = {"service": service.id, "hook": service.hook} if service else {}
    return known | ({"hookInstance": instance} if instance else {})


def _answered(handler: _Handler) -> _Handler:
    """The edge: every error becomes an OperationOutcome, and never an empty list of cards."""

    async def answered(request: Request) -> Response:
        request.state.since = time.perf_counter()
        try:
            _check_host(request)
            response = await handler(request)
        except AdvisorError as error:
            if error.hook_instance is not None:
                request.state.hook_instance = error.hook_instance
            metrics.fetched(error.fetched)
            return _refused(error, request)
        except Exception as error:  # the one place where our own mistakes end
            fault_id = str(uuid4())
            logs.fault(error, fault_id, **_known(request))
            metrics.fault()
            said = f"a fault of the service, id {fault_id}: its log has more under this id"
            return _refused(OurFault(said), request)
        _count(request, response.status_code)
        if (line := getattr(request.state, "line", None)) is not None:
            _log(request, "answered", status=response.status_code, **line)
        return response

    return answered


def _check_host(request: Request) -> None:
    host = request.headers.get("host")
    settings: Settings = request.app.state.settings
    if host is not None and not hosts.is_ours(host, settings.host_names):
        raise BadRequest(
            "the Host header names another server: call this one by its address, or set "
            "server.public_url to the URL under which it is called"
        )


async def _http_error(request: Request, error: Exception) -> Response:
    """Paths and methods that Starlette refuses, as our own errors."""
    if isinstance(error, HTTPException) and error.status_code == WrongMethod.status:
        refused = _refused(WrongMethod("this path does not know that method"), request)
        refused.headers.update(error.headers or {})
        return refused
    return _refused(NotFound("no such path: GET /cds-services lists the services"), request)


def _refused(error: AdvisorError, request: Request) -> Response:
    _count(request, error.status)
    _log(request, "refused", status=error.status, code=error.issue_code)
    response = _json(error.status, error.outcome(), _FHIR_JSON)
    response.headers.update(error.headers)
    return response


def _count(request: Request, status: int) -> None:
    """A call of a service with its time; anything else as none."""
    service: Service | None = getattr(request.state, "service", None)
    if service is None:
        metrics.answered(metrics.NONE, status)
    else:
        metrics.answered(service.id, status, time.perf_counter() - request.state.since)


def _log(request: Request, event: str, **fields: str | int | float) -> None:
    since: float | None = getattr(request.state, "since", None)
    took = {} if since is None else {"ms": round((time.perf_counter() - since) * 1000, 1)}
    logs.event(event, **_known(request), **fields, **took)


def _json(status: int, content: object, media_type: str = _JSON) -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type=media_type)
