"""The command line: `il2-advisor serve | demo | criteria | evaluate | policy | config | ...`."""

import argparse
import io
import sys
from collections.abc import Mapping, Sequence

from cds_hooks.commands import charts, rules_told, server, servers
from cds_hooks.commands.given import UsageError
from cds_hooks.configuration import FILE_VARIABLE
from cds_hooks.rulebook import CODE_COLUMNS, COLUMNS
from cds_hooks.services import PATIENT_VIEW, SERVICES

_EXIT_CODES = (
    "exit codes: 0 done (every file read); 2 wrong usage, input that cannot be read, "
    "a port that cannot be had, or a FHIR server without such a Patient"
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="il2-advisor",
        description="Advice on high-dose interleukin-2 (aldesleukin) in advanced melanoma, from "
        "a FHIR chart. For review by clinicians before use; not a medical device.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=rules_told.version_text())
    some = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = some.add_parser("serve", help="run the CDS Hooks service", epilog=_EXIT_CODES)
    _add_server(serve)

    demo = some.add_parser("demo", help="print the card of a sample patient", epilog=_EXIT_CODES)
    demo.add_argument(
        "--hook",
        choices=[service.hook for service in SERVICES],
        default=PATIENT_VIEW.hook,
        help="the moment at which the card comes (default: %(default)s)",
    )
    demo.add_argument("--serve", action="store_true", help="go on serving after the card")
    _add_server(demo)

    criteria = some.add_parser("criteria", help="print the rule book with its sources")
    _add_criteria(criteria)
    _add_policy(criteria)

    mapping = some.add_parser(
        "check-mapping",
        help="tell which codes and units of charts no rule understands",
        description="Which codes and units occurred in charts that no rule understands, how "
        "often, and what they might be. Reads single resources, exports (NDJSON) and files of "
        "several patients too. The guesses are for a person to check; no rule reads them.",
        epilog=_EXIT_CODES,
    )
    _add_files(mapping)
    mapping.add_argument(
        "--counts",
        action="store_true",
        help="without words, dates, references and names of files, for sharing. Codes stay: one "
        "that occurs once can still point to a patient, so look before you share",
    )
    forms = mapping.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="all of it as one JSON object")
    forms.add_argument(
        "--toml", action="store_true", help="the guesses as [[local_codes]] of a site's policy"
    )
    _add_policy(mapping)

    _add_evaluate(some)
    _add_check_server(some)
    _add_policy_command(some)
    _add_config_command(some)
    return parser


def _add_evaluate(some: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    evaluate = some.add_parser(
        "evaluate",
        help="assess charts from files, or a patient of a FHIR server",
        description="Assesses each file, or with --fhir-server one patient of a FHIR R4 server, "
        "read by the queries of the prefetch templates. What a server does not give is "
        "unknown, and a note says why.",
        epilog=_EXIT_CODES,
    )
    _add_files(evaluate, least="*")
    evaluate.add_argument(
        "--fhir-server",
        metavar="URL",
        help="read the chart of --patient from this FHIR server (its base URL), not from files",
    )
    evaluate.add_argument("--patient", metavar="ID", help="the id of the Patient to assess")
    _add_server_access(evaluate, "the whole reading may take")
    evaluate.add_argument(
        "--as-of", metavar="DATE", help="the day of the assessment, or an instant (default: today)"
    )
    evaluate.add_argument(
        "--json", action="store_true", help="one JSON object (several files: one a line)"
    )
    _add_policy(evaluate)


def _add_check_server(some: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = some.add_parser(
        "check-server",
        help="tell what a FHIR server supports of what we need",
        description="Tells what a FHIR server declares (CapabilityStatement) of the types and "
        "search parameters that our queries need, and with --patient tries each query: status, "
        "entries, pages, why an answer is not complete, the scope that a token lacks, and the "
        "time. Only reads; prints nothing of a chart.",
        epilog="exit codes: 0 everything that we need works (without --patient: is declared); "
        "1 something is missing; 2 wrong usage, or a server that cannot be asked",
    )
    check.add_argument("url", metavar="URL", help="the base URL of the FHIR server")
    check.add_argument("--patient", metavar="ID", help="the id of a test patient to try with")
    _add_server_access(check, "each query may take")
    check.add_argument("--json", action="store_true", help="as one JSON object")
    _add_policy(check)


def _add_server_access(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--token-env",
        metavar="NAME",
        help="the environment variable that holds the bearer token; a token is never an argument",
    )
    parser.add_argument(
        "--seconds",
        type=int,
        metavar="N",
        help=f"how long {what} (default {servers.SECONDS}, at most {servers.MOST_SECONDS})",
    )
    parser.add_argument(
        "--allow-http",
        action="store_true",
        help="http to another machine, in clear; without it http is for this machine only",
    )


def _add_files(parser: argparse.ArgumentParser, least: str = "+") -> None:
    parser.add_argument(
        "files",
        nargs=least,
        metavar="FILE",
        help="a FHIR Bundle or a CDS Hooks request; - is standard input; a folder is every file",
    )


def _add_criteria(parser: argparse.ArgumentParser) -> None:
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="all of it as one JSON object")
    forms.add_argument("--csv", action="store_true", help="one line a row (RFC 4180, UTF-8)")
    forms.add_argument(
        "--codes", action="store_true", help="as CSV, one line a code that the rows look for"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(
        ["columns of --csv:", *_columns(COLUMNS), "columns of --codes:", *_columns(CODE_COLUMNS)]
    )


def _columns(told: Mapping[str, str]) -> list[str]:
    return [f"  {name:20} {meaning}" for name, meaning in told.items()]


def _add_policy_command(some: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    policy = some.add_parser("policy", help="check or show a site's policy", epilog=_EXIT_CODES)
    what = policy.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = what.add_parser("check", help="whether a policy holds, and what it changes")
    check.add_argument("file", metavar="FILE", help="a policy (TOML)")
    show = what.add_parser(
        "show", help="every setting with its effective value, as a policy that can be edited"
    )
    show.add_argument(
        "policy", nargs="?", metavar="FILE", help="a policy (default: the published values)"
    )
    show.add_argument("--json", action="store_true", help="as one JSON object")


def _add_config_command(some: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    config = some.add_parser("config", help="check the settings of a start", epilog=_EXIT_CODES)
    what = config.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = what.add_parser(
        "check",
        help="which settings are in force with a file, and where each comes from",
        description="Tells which settings `serve --config FILE` would have, and where each comes "
        "from; every mistake at once. Secrets are never printed.",
        epilog=_EXIT_CODES,
    )
    check.add_argument(
        "config",
        nargs="?",
        metavar="FILE",
        help=f"a configuration (TOML; default: the file that {FILE_VARIABLE} names, else none)",
    )
    check.add_argument("--json", action="store_true", help="as one JSON object")


def _add_policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", metavar="FILE", help="the site's policy, a TOML file")


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", help="the settings, a TOML file; the options here go before it"
    )
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default 8000)")
    parser.add_argument("--workers", type=int, help="processes that answer (default 1)")
    parser.add_argument("--timezone", help="the zone that tells today, such as Europe/Zurich")
    _add_policy(parser)
    parser.add_argument("--public-url", help="where the EHR reaches the service, for links")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it ended, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our letters is no fault
    given = _parser().parse_args(arguments)
    try:
        match given.command:
            case "serve":
                return server.serve(given)
            case "demo":
                return server.demo(given)
            case "criteria":
                return rules_told.criteria(given)
            case "check-server":
                return servers.check_server(given)
            case "check-mapping":
                return charts.check_mapping(given)
            case "policy" if given.action == "check":
                return rules_told.check_policy(given.file)
            case "policy":
                return rules_told.show_policy(given)
            case "config":
                return server.check_config(given)
            case _:
                return charts.evaluate(given)
    except UsageError as error:
        print(f"il2-advisor: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # the reader of our output has gone (`| head`): that is no fault
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
