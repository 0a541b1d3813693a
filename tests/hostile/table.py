"""
The table of hostile input: what is sent, and the one right answer.

`docs/hostile-input.md` is written from it, `test_table.py` sends it to a running service.
"""

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from tests.hostile.bodies import (
    HEADERS,
    MARKER,
    MEGABYTE,
    bomb,
    bundle,
    bundles,
    deflated,
    encoded,
    good,
    in_a_condition,
    in_a_quantity,
    in_chunks,
    in_context,
    in_labs,
    in_patient,
    in_prefetch,
    in_problems,
    many_entries,
    many_keys,
    message,
    nested,
    observation,
    raw,
    subject,
    twice,
    with_context,
    with_prefetch,
    zipped,
)
from tests.service.running import SERVICE, Body


@dataclass(frozen=True, slots=True)
class Refused:
    """An OperationOutcome: its status, and words that it must hold."""

    status: int
    words: str

    def __str__(self) -> str:
        return f"{self.status}: … {self.words} …"


@dataclass(frozen=True, slots=True)
class Card:
    """200 and one card; `same`: the very one of the good request."""

    same: bool = True

    def __str__(self) -> str:
        return "200, the same card" if self.same else "200, one card"


@dataclass(frozen=True, slots=True)
class Discovery:
    """200 and the list of services."""

    def __str__(self) -> str:
        return "200, the services"


@dataclass(frozen=True, slots=True)
class NotHttp:
    """
    400 and the end of the connection: no request came that could be read.

    `flood`: it closes while the caller still sends, who may see that and not the answer.
    """

    flood: bool = False

    def __str__(self) -> str:
        return "400: … no HTTP/1.1 request …" + (", or cut off" if self.flood else "")


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller has gone; the connection is closed without an answer."""

    def __str__(self) -> str:
        return "closed: nobody is there to hear"


Expected: TypeAlias = Refused | Card | Discovery | NotHttp | Silence
SAME: Final = Card()
OWN_CARD: Final = Card(same=False)
NOT_HTTP: Final = NotHttp()
_FLOOD: Final = NotHttp(flood=True)


@dataclass(frozen=True, slots=True)
class Row:
    """
    One input; several answers where one connection carries several requests.

    `hangs_up`: the caller closes its side. `fault`: why the answer is still another one.
    """

    name: str
    sent: Callable[[], bytes | Iterable[bytes]]
    expected: tuple[Expected, ...]
    hangs_up: bool = False
    fault: str = ""


def _row(
    name: str,
    sent: Callable[[], bytes | Iterable[bytes]],
    *expected: Expected,
    hangs_up: bool = False,
    fault: str = "",
) -> Row:
    return Row(name, sent, expected, hangs_up, fault)


def _body(
    name: str, body: Callable[[], bytes], expected: Expected, *headers: tuple[str, str]
) -> Row:
    return _row(name, lambda: message(body(), *headers), expected)


def _json(name: str, text: str | bytes, expected: Expected) -> Row:
    """A piece of JSON in a field that nobody reads."""
    return _body(name, lambda: raw(text), expected)


_NO_JSON: Final = Refused(400, "is no JSON: one CDS Hooks request")
_NO_OBJECT: Final = Refused(400, "is no JSON object: one CDS Hooks request")
_NO_UTF8: Final = Refused(400, "is not UTF-8: JSON in UTF-8 is needed")
_DEEP: Final = Refused(400, "is nested too deeply")
_PATIENT_ID: Final = Refused(400, "context.patientId is no FHIR id: letters, digits, - and .")
_LARGE: Final = Refused(413, "larger than 16 MB: send a smaller one")
_MEDIA: Final = Refused(415, "the Content-Type is not JSON: send application/json")
_CHARSET: Final = Refused(415, "the charset is not UTF-8: send JSON in UTF-8")
_CODING: Final = Refused(415, "Content-Encoding")
_LATE: Final = Refused(408, "the body")
_HOST: Final = Refused(400, "Host")
_NO_PATH: Final = Refused(404, "GET /cds-services lists")
_METHOD: Final = Refused(405, "this path does not know that method")
_GATE: Final = Refused(412, "prefetch.problems")


def _twice(name: str, first: int, second: int) -> Refused:
    return Refused(400, f"{name} names a field twice (its fields {first} and {second}): send each")


NOT_JSON: Final = (
    _body("an empty body", lambda: b"", _NO_JSON),
    _body("blanks", lambda: b" \r\n\t", _NO_JSON),
    _body("a form", lambda: b"hook=" + MARKER.encode(), _NO_JSON),
    _body("XML", lambda: f"<Bundle>{MARKER}</Bundle>".encode(), _NO_JSON),
    _body("the last byte is missing", lambda: encoded(good())[:-1], _NO_JSON),
    _body("half of it", lambda: encoded(good())[:9_999], _NO_JSON),
    _body("two documents", lambda: encoded(good()) * 2, _NO_JSON),
    _body("a comma before the last brace", lambda: encoded(good())[:-1] + b",}", _NO_JSON),
    _body("a NUL after the last brace", lambda: encoded(good()) + b"\0", _NO_JSON),
    _json("a comma after the last element", "[1,]", _NO_JSON),
    _json("a comment", "1 /* comment */", _NO_JSON),
    _json("single quotes", "'single'", _NO_JSON),
    _json("a key without quotes", "{a: 1}", _NO_JSON),
    _json("a leading zero", "01", _NO_JSON),
    _json("a plus sign", "+1", _NO_JSON),
    _json("a hexadecimal number", "0x1F", _NO_JSON),
    _json("`True`", "True", _NO_JSON),
    _json("`undefined`", "undefined", _NO_JSON),
    _body("a list around it", lambda: encoded([good()]), _NO_OBJECT),
    _body("a string", lambda: encoded(MARKER), _NO_OBJECT),
    _body("`null`", lambda: b"null", _NO_OBJECT),
    _body("a number", lambda: b"7", _NO_OBJECT),
)

NUMBERS: Final = (
    _json("`NaN`", "NaN", _NO_JSON),
    _json("`Infinity`", "Infinity", _NO_JSON),
    _json("`-Infinity` in a list", "[-Infinity]", _NO_JSON),
    _body("`NaN` as a result", lambda: raw("NaN", in_a_quantity), _NO_JSON),
    _json("`1e400` in a field that is not read", "1e400", SAME),
    *(
        _body(f"{name} as a result", partial(raw, text, in_a_quantity), OWN_CARD)
        for name, text in (
            ("`1e400`", "1e400"),
            ("`-1e400`", "-1e400"),
            ("`1E99999999999999999999`", "1E99999999999999999999"),
            ("`1e-999999`", "1e-999999"),
            ("`-0.0`", "-0.0"),
            ("a whole number of 100,000 digits", "9" * 100_000),
            ("100,000 digits after the point", "0." + "1" * 100_000),
        )
    ),
    _json("a whole number of 100,000 digits in a field that is not read", "9" * 100_000, SAME),
    _body(
        "a whole number of 100,000 digits for `hook`",
        lambda: encoded(good(hook="@@")).replace(b'"@@"', b"9" * 100_000),
        Refused(400, "hook is not as expected: it must be a string"),
    ),
    _body(
        "a whole number of 100,000 digits for `context.patientId`",
        lambda: with_context(patientId="@@").replace(b'"@@"', b"9" * 100_000),
        Refused(400, "context.patientId is not as expected: it must be a string"),
    ),
    _body(
        "a whole number of 10,000,000 digits as a result",
        lambda: raw("9" * 10_000_000, in_a_quantity),
        OWN_CARD,
    ),
)

_A_BYTE: Final = b"\xff"
_SURROGATE: Final = b"\xed\xa0\x80"

TEXT: Final = (
    _json("a byte that is no UTF-8", b'"' + _A_BYTE + b'"', _NO_UTF8),
    _json("Latin-1", '"é"'.encode("latin-1"), _NO_UTF8),
    _json("a surrogate as three bytes", b'"' + _SURROGATE + b'"', _NO_UTF8),
    _json("a NUL of two bytes", b'"\xc0\x80"', _NO_UTF8),
    _json("a slash of two bytes", b'"\xc0\xaf"', _NO_UTF8),
    _json("a character beyond Unicode", b'"\xf4\x90\x80\x80"', _NO_UTF8),
    _body("UTF-16", lambda: encoded(good()).decode().encode("utf-16"), _NO_UTF8),
    _body("UTF-16 without BOM", lambda: encoded(good()).decode().encode("utf-16-le"), _NO_JSON),
    _body("UTF-32", lambda: encoded(good()).decode().encode("utf-32"), _NO_UTF8),
    _body("UTF-32 without BOM", lambda: encoded(good()).decode().encode("utf-32-be"), _NO_JSON),
    _body("UTF-7", lambda: b"+AHs-" + encoded(good())[1:], _NO_JSON),
    _body("a BOM before it", lambda: b"\xef\xbb\xbf" + encoded(good()), SAME),
    _body("two BOMs", lambda: b"\xef\xbb\xbf" * 2 + encoded(good()), _NO_JSON),
    _body("a BOM and nothing else", lambda: b"\xef\xbb\xbf", _NO_JSON),
    _json("a raw NUL in a string", b'"a\0b"', _NO_JSON),
    _json("a raw line break in a string", b'"a\nb"', _NO_JSON),
    _json("a raw tab in a string", b'"a\tb"', _NO_JSON),
    _json("half an escape", r'"\u12"', _NO_JSON),
    _json("an unknown escape", r'"\x41"', _NO_JSON),
    _json("an escaped NUL where nothing is read", r'"a\u0000b"', SAME),
    _json("an escaped surrogate where nothing is read", r'"\ud800"', _NO_JSON),
    _body(
        "an escaped surrogate in the name of a Condition",
        lambda: raw(r'"\ud800"', in_a_condition),
        _NO_JSON,
    ),
    _body(
        "an escaped NUL in the name of a Condition",
        lambda: raw(r'"kidney\u0000graft"', in_a_condition),
        OWN_CARD,
    ),
    _body(
        "the right-to-left mark and other invisible signs in the name of a Condition",
        lambda: raw(r'"\u202etfarg\u2066\u200b\ufeff\u2028"', in_a_condition),
        OWN_CARD,
    ),
)

TWICE: Final = (
    _body("`hook` twice", lambda: twice((), "hook", "order-sign"), _twice("the body", 1, 7)),
    _body(
        "`hook` twice, once with an escape",
        lambda: twice((), "hook", "order-sign", "h\\u006fok"),
        _twice("the body", 1, 7),
    ),
    _body(
        "`hook` twice, the same both times",
        lambda: twice((), "hook", "patient-view"),
        _twice("the body", 1, 7),
    ),
    _body("`context` twice", lambda: twice((), "context", {}), _twice("the body", 4, 7)),
    _body("`prefetch` twice", lambda: twice((), "prefetch", None), _twice("the body", 5, 7)),
    _body("an unknown field twice", lambda: twice((), "extension", 1), _twice("the body", 6, 7)),
    _body(
        "`patientId` twice",
        lambda: twice(("context",), "patientId", "somebody-else"),
        _twice("context", 2, 3),
    ),
    _body(
        "`problems` twice in the prefetch",
        lambda: twice(("prefetch",), "problems", None),
        _twice("prefetch", 2, 20),
    ),
    _body(
        "`problems` twice in the prefetch, once with an escape",
        lambda: twice(("prefetch",), "problems", None, "probl\\u0065ms"),
        _twice("prefetch", 2, 20),
    ),
    _body(
        "`patient` twice in the authorization",
        lambda: raw(
            '{"patient": "somebody-else", "patient": null}',
            lambda body, value: body.update(fhirAuthorization=value),
        ),
        _twice("fhirAuthorization", 1, 2),
    ),
    _body(
        "`entry` twice in the problem list",
        lambda: twice(("prefetch", "problems"), "entry", []),
        _GATE,
    ),
    _body(
        "`resource` twice in an entry of the problem list",
        lambda: twice(("prefetch", "problems", "entry", 0), "resource", {}),
        _GATE,
    ),
    _body(
        "`total` twice in a Bundle of results",
        lambda: raw('{"resourceType": "Bundle", "total": 5, "total": 0}', in_labs),
        OWN_CARD,
    ),
    _body(
        "`text` twice in a Condition",
        lambda: raw('"a", "text": "b"', in_a_condition),
        OWN_CARD,
    ),
)

ENCODING: Final = (
    _body("gzip, and said so", zipped, _CODING, ("Content-Encoding", "gzip")),
    _body("gzip, and not said", zipped, _NO_UTF8),
    _body("deflate", deflated, _CODING, ("Content-Encoding", "deflate")),
    _body("br", lambda: encoded(good()), _CODING, ("Content-Encoding", "br")),
    _body("zstd", lambda: encoded(good()), _CODING, ("Content-Encoding", "zstd")),
    _body("two codings", zipped, _CODING, ("Content-Encoding", "identity, gzip")),
    _body("a coding that nobody knows", zipped, _CODING, ("Content-Encoding", MARKER)),
    _body("`identity`", lambda: encoded(good()), SAME, ("Content-Encoding", "identity")),
    _body("a gzip bomb of 1 GB", lambda: bomb(1024), _CODING, ("Content-Encoding", "gzip")),
    _body("a gzip bomb of 1 GB, not said", lambda: bomb(1024), _NO_UTF8),
    _row(
        "`Transfer-Encoding: gzip, chunked`",
        lambda: in_chunks(iter([zipped()]), ("Transfer-Encoding", "gzip")),
        NOT_HTTP,
    ),
)


def _typed(name: str, value: str | None, expected: Expected) -> Row:
    given = tuple(one for one in HEADERS if one[0] != "Content-Type")
    told = () if value is None else (("Content-Type", value),)
    return _row(name, lambda: message(encoded(good()), headers=given + told), expected)


MEDIA: Final = (
    _typed("no Content-Type", None, _MEDIA),
    _typed("an empty one", "", _MEDIA),
    _typed("`text/plain`", "text/plain", _MEDIA),
    _typed("`text/html`", "text/html", _MEDIA),
    _typed("`application/xml`", "application/xml", _MEDIA),
    _typed("`application/fhir+xml`", "application/fhir+xml", _MEDIA),
    _typed("a form", "application/x-www-form-urlencoded", _MEDIA),
    _typed("an upload", "multipart/form-data; boundary=x", _MEDIA),
    _typed("`application/json, text/html`", "application/json, text/html", _MEDIA),
    _typed("`application/jsonp`", "application/jsonp", _MEDIA),
    _typed("`text/json`", "text/json", _MEDIA),
    _typed("words of nobody's", MARKER, _MEDIA),
    _typed("10,000 characters", "application/json" + "x" * 10_000, _MEDIA),
    _typed("charset Latin-1", "application/json; charset=iso-8859-1", _CHARSET),
    _typed("charset UTF-16", 'application/json; charset="utf-16"', _CHARSET),
    _typed("charset UTF-7", "application/json;charset=UTF-7", _CHARSET),
    _typed("charset UTF-8", "application/json; charset=utf-8", SAME),
    _typed("`application/fhir+json`", "application/fhir+json", SAME),
)


def _pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def _fifty_megabytes() -> Iterator[bytes]:
    yield b'{"x": "' + MARKER.encode()
    for _ in range(50):
        yield b"a" * MEGABYTE
    yield b'"}'


_CHUNKED: Final = ("Transfer-Encoding", "chunked")


def _chunk_text(text: bytes, *more: tuple[str, str]) -> bytes:
    return message(text, _CHUNKED, *more, length=None)


FRAMING: Final = (
    _row("in chunks of 7 bytes", lambda: in_chunks(_pieces(encoded(good()), 7)), SAME),
    _row("in chunks of 4 KB", lambda: in_chunks(_pieces(encoded(good()), 4_096)), SAME),
    _row(
        "a chunk with an extension, and trailers",
        lambda: _chunk_text(
            b"%x;a=b\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(encoded(good())), encoded(good()))
        ),
        SAME,
    ),
    _row(
        "a chunk whose size is no number", lambda: _chunk_text(b"zz\r\n{}\r\n0\r\n\r\n"), NOT_HTTP
    ),
    _row("a chunk of a negative size", lambda: _chunk_text(b"-2\r\n{}\r\n0\r\n\r\n"), NOT_HTTP),
    _row("a chunk of 2^80 bytes", lambda: _chunk_text(b"1" + b"0" * 20 + b"\r\n{}\r\n"), NOT_HTTP),
    _row("a chunk longer than it says", lambda: _chunk_text(b"2\r\n{}{}\r\n0\r\n\r\n"), NOT_HTTP),
    _row("no chunks where they are said", lambda: _chunk_text(encoded(good())), NOT_HTTP),
    _row(
        "chunks and a Content-Length: the chunks count",
        lambda: in_chunks(iter([encoded(good())]), ("Content-Length", "2")),
        SAME,
    ),
    _row(
        "a Content-Length that is too short: the rest is no request",
        lambda: message(encoded(good()), length=100),
        _NO_JSON,
        NOT_HTTP,
    ),
    _row(
        "a Content-Length that is too long", lambda: message(encoded(good()), length=99_999), _LATE
    ),
    _row("a Content-Length of -1", lambda: message(encoded(good()), length="-1 "), NOT_HTTP),
    _row("a Content-Length that is a word", lambda: message(b"{}", length="two"), NOT_HTTP),
    _row("a Content-Length of 2^80", lambda: message(b"{}", length=2**80), NOT_HTTP),
    _row(
        "two Content-Lengths that differ",
        lambda: message(encoded(good()), ("Content-Length", "2")),
        NOT_HTTP,
    ),
    _row("no Content-Length at all", lambda: message(encoded(good()), length=None), _NO_JSON),
    _row(
        "half a body, then held open",
        lambda: message(encoded(good())[:5_000], length=50_000),
        _LATE,
    ),
    _row("no body, held open", lambda: message(b"", length=50_000), _LATE),
    _row("half a chunk, held open", lambda: _chunk_text(b"ff\r\n" + MARKER.encode()), _LATE),
    _row(
        "half a body, then closed",
        lambda: message(encoded(good())[:5_000], length=50_000),
        Silence(),
        hangs_up=True,
    ),
    _row("half a chunk, then closed", lambda: _chunk_text(b"ff\r\nab"), Silence(), hangs_up=True),
    _row("half the head, then closed", lambda: message(b"")[:40], Silence(), hangs_up=True),
)


def _small(number: int) -> dict[str, object]:
    """A creatinine of our patient in few bytes, on another day each."""
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]},
        "subject": subject(),
        "effectiveDateTime": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "valueQuantity": {"value": number, "code": "mg/dL"},
    }


SIZE: Final = (
    _row("50 MB", lambda: [message(b"", length=50 * MEGABYTE), *([b"a" * MEGABYTE] * 50)], _LARGE),
    _row("50 MB in chunks", lambda: in_chunks(_fifty_megabytes()), _LARGE),
    _row(
        "10 TB by its Content-Length, of which 1 MB comes",
        lambda: message(b"a" * MEGABYTE, length=10**13),
        _LARGE,
    ),
    _body("15 MB of one string", lambda: raw('"' + "a" * 15 * MEGABYTE + '"'), SAME),
    _body("15 MB of blanks", lambda: encoded(good()) + b" " * 15 * MEGABYTE, SAME),
    _body(
        "15 MB in the name of a Condition",
        lambda: raw('"' + "a" * 15 * MEGABYTE + '"', in_a_condition),
        OWN_CARD,
    ),
    _body(
        "100,000 results in one Bundle",
        lambda: many_entries(100_000, subject=subject()),
        OWN_CARD,
    ),
    _body("20,000 results of nobody in one Bundle", lambda: many_entries(20_000), OWN_CARD),
    _body(
        "20,000 results in one Bundle that cannot be read",
        lambda: many_entries(20_000, status=[], subject=subject()),
        OWN_CARD,
    ),
    _body(
        "100,000 results in one Bundle with the same id",
        lambda: many_entries(100_000, id="one", subject=subject()),
        OWN_CARD,
    ),
    _body(
        "15,000 creatinines in one Bundle, all read",
        lambda: with_prefetch(labs=bundle(*(_small(one) for one in range(15_000)))),
        OWN_CARD,
    ),
    _body(
        "2,000,000 empty entries in one Bundle",
        lambda: raw('{"resourceType": "Bundle", "entry": [' + "{}," * 2_000_000 + "{}]}", in_labs),
        OWN_CARD,
    ),
    _body(
        "100,000 codings in one Condition",
        lambda: raw(
            '"x", "coding": [' + '{"system": "a", "code": "b"},' * 100_000 + "{}]", in_a_condition
        ),
        OWN_CARD,
    ),
    _body("100,000 keys in the body", lambda: many_keys(None, 100_000), SAME),
    _body("100,000 keys in the context", lambda: many_keys("context", 100_000), SAME),
    _body("100,000 keys in the prefetch", lambda: many_keys("prefetch", 100_000), SAME),
    _body("a key of 1 MB", lambda: encoded(good(**{"k" * MEGABYTE: 1})), SAME),
)


def _nested(
    depth: int, brackets: tuple[str, str], put: Callable[[Body, str], None] | None
) -> bytes:
    return raw(nested(depth, *brackets), put)


_DEPTHS: Final = (1_000, 100_000, 2_000_000)

DEPTH: Final = (
    *(
        _body(
            f"{depth:,} times `{opening}` {where}",
            partial(_nested, depth, (opening, closing), put),
            expected,
        )
        for depth in _DEPTHS
        for opening, closing in (("[", "]"), ('{"a":', "}"))
        for where, put, expected in (
            ("in a field that is not read", None, _DEEP),
            ("in the context", in_context, _DEEP),
            ("in the prefetch", in_prefetch, _DEEP),
            ("for the problem list", in_problems, _DEEP),
            ("in a Condition", in_a_condition, _DEEP),
            ("in a field of the Patient that is not read", in_patient, _DEEP),
        )
    ),
    *(
        _body(
            f"{depth:,} times `[` and nothing else", partial(operator.mul, b"[", depth), _NO_OBJECT
        )
        for depth in _DEPTHS
    ),
    _body(
        "200 times `[` in a Condition", lambda: raw(nested(200, "[", "]"), in_a_condition), OWN_CARD
    ),
    _body(
        "300 times `[` for the entries of the problem list",
        lambda: raw(f'{{"resourceType": "Bundle", "entry": {nested(300, "[", "]")}}}', in_problems),
        _GATE,
    ),
    _body("3 Bundles in a Bundle of results", lambda: raw(bundles(4), in_labs), OWN_CARD),
    _body("90 Bundles in a Bundle of results", lambda: raw(bundles(90), in_labs), OWN_CARD),
    _body("90 Bundles in the problem list", lambda: raw(bundles(90), in_problems), _GATE),
    _body("5,000 Bundles in a Bundle", lambda: raw(bundles(5_000), in_labs), _DEEP),
    _body("300,000 Bundles in a Bundle", lambda: raw(bundles(300_000), in_labs), _DEEP),
)


def _id(name: str, value: object, expected: Expected = _PATIENT_ID) -> Row:
    return _body(name, lambda: with_context(patientId=value), expected)


def _results_with_id(id_: object) -> Callable[[], bytes]:
    return lambda: with_prefetch(labs=bundle(observation(1.0, id=id_)))


IDS: Final = (
    _id("a slash in `patientId`", f"{MARKER}/x"),
    _id("`../`", f"../{MARKER}"),
    _id("a line break", f"{MARKER}\nx"),
    _id("a line break at the end", f"{MARKER}\n"),
    _id("CR LF and a header", f"{MARKER}\r\nX-Evil: 1"),
    _id("an escaped NUL", f"{MARKER}\0"),
    _id("10,000 characters", MARKER + "a" * 10_000),
    _id("65 characters", "a" * 65),
    _id("blanks", " "),
    _id("a query", f"{MARKER}?x=1&y"),
    _id("a template", "{{context.patientId}}"),
    _id("SQL", "' OR 1=1 --"),
    _id("letters of another script", "\u0456" * 5),
    _id("full-width digits", "\uff11\uff12\uff13"),
    _id("a URL", f"https://{MARKER}.example/Patient/1"),
    _id("a Group", f"Group/{MARKER}"),
    _id(
        "dots only: an id of FHIR, of no patient here",
        "..",
        Refused(400, "prefetch.patient is another"),
    ),
    _body(
        "a slash in `encounterId`",
        lambda: with_context(encounterId=f"a/{MARKER}"),
        Refused(400, "context.encounterId is no FHIR id"),
    ),
    _body(
        "a line break in `hookInstance`",
        lambda: encoded(good(hookInstance="cbf27734-ac10-4525-8b66-402800e03d2c\n")),
        Refused(400, "hookInstance is no UUID"),
    ),
    *(
        _body(f"{name} in the id of a result", _results_with_id(value), OWN_CARD)
        for name, value in (
            ("slashes", "../../x"),
            ("a line break", "a\n- b"),
            ("NUL", "a\0b"),
            ("10,000 characters", "a" * 10_000),
            ("HTML", "<script>x</script>"),
            ("an object", {"a": 1}),
            ("a list", [1]),
            ("a number", 17),
        )
    ),
    _body(
        "the address of the patient as the full URL of a result",
        lambda: with_prefetch(
            labs=bundle(observation(1.0))
            | {"entry": [{"fullUrl": subject()["reference"], "resource": observation(1.0)}]}
        ),
        OWN_CARD,
    ),
    _body(
        "a list for the id of the Patient",
        lambda: with_prefetch(patient={"resourceType": "Patient", "id": [MARKER]}),
        Refused(412, "prefetch.patient is needed and cannot be read"),
    ),
)


def _of(path: str, value: object, expected: Expected) -> Row:
    """A field of the request of a wrong shape."""
    name = f"`{path}`: {_shown(value)}"
    if path.startswith("context."):
        return _body(name, lambda: with_context(**{path.removeprefix("context."): value}), expected)
    return _body(name, lambda: encoded(good(**{path: value})), expected)


def _shown(value: object) -> str:
    return f"`{encoded(value).decode()}`"


_HOOK: Final = Refused(400, "hook is not one of this service: send patient-view")

SHAPE: Final = (
    _of("hook", "order-sign", _HOOK),
    _of("hook", "Patient-View", _HOOK),
    _of("hook", MARKER, _HOOK),
    _of("hook", "patient-view\u0000", _HOOK),
    _of("hook", ["patient-view"], Refused(400, "hook is not as expected: it must be a string")),
    _of("hook", None, Refused(400, "hook is missing: send")),
    _of("hookInstance", [], Refused(400, "hookInstance is not as expected")),
    _of("context", [], Refused(400, "context is not as expected: it must be an object")),
    _of("context", [{"patientId": "x"}], Refused(400, "context is not as expected")),
    _of("context", MARKER, Refused(400, "context is not as expected: it must be an object")),
    _of("context", {}, Refused(400, "context.patientId is missing")),
    _of("context.patientId", [MARKER], Refused(400, "context.patientId is not as expected")),
    _of("context.patientId", {"id": MARKER}, Refused(400, "context.patientId is not as expected")),
    _of("context.patientId", True, Refused(400, "context.patientId is not as expected")),
    _of("context.userId", [1], SAME),
    _of("context.encounterId", [], Refused(400, "context.encounterId is not as expected")),
    _of("prefetch", [], Refused(400, "prefetch is not as expected: it must be an object")),
    _of("prefetch", [{}], Refused(400, "prefetch is not as expected: it must be an object")),
    _of("prefetch", MARKER, Refused(400, "prefetch is not as expected: it must be an object")),
    _of("prefetch", 0, Refused(400, "prefetch is not as expected: it must be an object")),
    _of("prefetch", {}, Refused(412, "prefetch.patient is needed and did not come")),
    _of("prefetch", None, Refused(412, "prefetch.patient is needed and did not come")),
    _of("fhirServer", [], Refused(400, "fhirServer is not as expected")),
    _of("fhirServer", "file:///etc/passwd", Refused(400, "fhirServer is no http(s) URL")),
    _of("fhirServer", "https://[::1", Refused(400, "fhirServer is no http(s) URL")),
    _of("fhirAuthorization", [], Refused(400, "fhirAuthorization is not as expected")),
    _of(
        "fhirAuthorization",
        {"patient": MARKER, "access_token": MARKER},
        Refused(400, "fhirAuthorization.patient is another patient"),
    ),
    _of("extension", [MARKER], SAME),
)


def _sent(expected: Expected, name: str, **told: str) -> Row:
    return _row(name, lambda: message(encoded(good()), **told), expected)  # type: ignore[arg-type]


def _hosted(name: str, value: str | None, expected: Expected) -> Row:
    told = () if value is None else (("Host", value),)
    return _row(name, lambda: message(encoded(good()), headers=(*told, HEADERS[1])), expected)


def _flooded(name: str, lines: Iterable[tuple[str, str]], expected: Expected) -> Row:
    told = tuple(lines)
    return _row(name, lambda: message(encoded(good()), *told), expected)


_GET: Final = message(b"", method="GET", target="/cds-services", length=None)

HTTP: Final = (
    _hosted("a foreign Host", f"{MARKER}.example.org", _HOST),
    _hosted("a foreign Host with a port", "evil.example.org:8000", _HOST),
    _hosted("a foreign Host that begins as ours", "127.0.0.1.evil.example.org", _HOST),
    _hosted("no Host", None, NOT_HTTP),
    _hosted("an empty Host", "", _HOST),
    _hosted("`localhost`", "localhost:1", SAME),
    _hosted("a name without dots", "advisor", SAME),
    _hosted("an IPv6 address", "[::1]:80", SAME),
    _row(
        "two Hosts",
        lambda: message(encoded(good()), ("Host", "evil.example.org")),
        NOT_HTTP,
    ),
    _sent(
        _NO_PATH,
        "the whole URL for the path, as a proxy is asked",
        target=f"http://127.0.0.1{SERVICE}",
    ),
    _row(
        "the whole URL of a foreign host for the path",
        lambda: message(encoded(good()), target=f"http://evil.example.org{SERVICE}"),
        _NO_PATH,
    ),
    _sent(SAME, "HTTP/1.0", version="HTTP/1.0"),
    _sent(SAME, "HTTP/9.9, which is read as 1.1", version="HTTP/9.9"),
    _row("HTTP/2 at once", lambda: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", _NO_PATH, NOT_HTTP),
    _row(
        "a TLS greeting", lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", NOT_HTTP
    ),
    _row("words", lambda: f"{MARKER} / {MARKER}\r\n{MARKER}\r\n\r\n".encode(), NOT_HTTP),
    _row("two calls at once", lambda: message(encoded(good())) * 2, SAME, SAME),
    _row(
        "three calls at once, the second no JSON",
        lambda: message(encoded(good())) + message(MARKER.encode()) + message(encoded(good())),
        SAME,
        _NO_JSON,
        SAME,
    ),
    _row("40 discoveries at once", lambda: _GET * 40, *[Discovery()] * 40),
    _row(
        "an upgrade to WebSocket",
        lambda: message(
            b"",
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
            method="GET",
            length=None,
        ),
        _METHOD,
    ),
    _flooded("`Expect: 100-continue`", [("Expect", "100-continue")], SAME),
    _flooded("`Expect` of something else", [("Expect", MARKER)], SAME),
    _flooded("500 headers", ((f"X-{one}", MARKER) for one in range(500)), SAME),
    _flooded("100,000 headers", ((f"X-{one}", MARKER) for one in range(100_000)), _FLOOD),
    _flooded("a header of 30 KB", [("X-Long", MARKER + "a" * 30_000)], SAME),
    _flooded("a header of 1 MB", [("X-Long", MARKER + "a" * MEGABYTE)], _FLOOD),
    _flooded("a NUL in a header", [("X-Nul", "a\0b")], NOT_HTTP),
    _flooded("a header on two lines", [("X-Folded", "a\r\n b")], SAME),
    _flooded("a header without a name", [("", MARKER)], NOT_HTTP),
    _flooded("a blank before the colon", [("Content-Length ", "1")], NOT_HTTP),
    _flooded("`X-HTTP-Method-Override: DELETE`", [("X-HTTP-Method-Override", "DELETE")], SAME),
    _flooded(
        "`X-Forwarded-Host` and its kind",
        [("X-Forwarded-Host", "evil.example.org"), ("X-Forwarded-Proto", "gopher")],
        SAME,
    ),
    _flooded("`Range`", [("Range", "bytes=0-1")], SAME),
)

METHODS: Final = (
    *(
        _sent(_METHOD, f"`{method}`", method=method)
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", MARKER)
    ),
    _row("`CONNECT`", lambda: message(b"", method="CONNECT", target="127.0.0.1:22"), _NO_PATH),
    _row("a method of 1 MB", lambda: b"A" * MEGABYTE + b" / HTTP/1.1\r\n\r\n", _FLOOD),
    _row("a method that is no word", lambda: message(b"", method="P(ST"), NOT_HTTP),
)

PATHS: Final = (
    *(
        _sent(_NO_PATH, f"`{path}`", target=path)
        for path in (
            "/",
            "/nobody",
            "/cds-services/il2-patient-view2",
            "/cds-services/IL2-PATIENT-VIEW",
            "/cds-services/",
            f"/cds-services/{MARKER}",
            "/cds-services/..%2f",
            "/cds-services/%2e%2e",
            "/cds-services/..%2f..%2fetc%2fpasswd",
            "/cds-services/%00",
            f"{SERVICE}%00",
            f"{SERVICE}%0a",
            f"{SERVICE}%20",
            "/cds-services/%ff",
            "/cds-services/%zz",
            f"{SERVICE}/",
            f"{SERVICE}/feedback",
            "/cds-services//il2-patient-view",
            f"/{SERVICE}",
            f"/x/..{SERVICE}",
            f"{SERVICE};x=1",
            "*",
        )
    ),
    _sent(_NO_PATH, "4,000 characters", target="/cds-services/" + "a" * 4_000),
    _sent(_NO_PATH, "60,000 characters", target="/cds-services/" + "a" * 60_000),
    _sent(_FLOOD, "1,000,000 characters", target="/cds-services/" + "a" * 1_000_000),
    _sent(NOT_HTTP, "a raw NUL in the path", target=f"{SERVICE}\0"),
    _sent(NOT_HTTP, "a raw letter with accent in the path", target=f"{SERVICE}\xe9"),
    _sent(NOT_HTTP, "no path", target=""),
    _sent(SAME, "a query", target=f"{SERVICE}?hook={MARKER}&%00"),
    _sent(SAME, "our path with an escape", target="/cds-services/il2%2Dpatient-view"),
    _sent(_NO_PATH, "a fragment", target=f"{SERVICE}#{MARKER}"),
)

TABLE: Final = {
    "No JSON object": NOT_JSON,
    "Numbers": NUMBERS,
    "Bytes and text": TEXT,
    "A field named twice": TWICE,
    "Content-Encoding": ENCODING,
    "Content-Type": MEDIA,
    "Chunks, lengths and bodies that do not end": FRAMING,
    "Size": SIZE,
    "Depth": DEPTH,
    "Ids": IDS,
    "The shape of the request": SHAPE,
    "HTTP": HTTP,
    "Methods": METHODS,
    "Paths": PATHS,
}
ROWS: Final = [(section, row) for section, rows in TABLE.items() for row in rows]
