"""The command line: `il2-advisor serve | demo | criteria | evaluate | policy`."""

import argparse
import io
import sys
from collections.abc import Sequence

from cds_hooks import commands
from cds_hooks.commands import UsageError

_EXIT_CODES = (
    "exit codes: 0 done (evaluate: assessed); 2 wrong usage, input that cannot be read, "
    "or a port that cannot be had"
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="il2-advisor",
        description="Advice on high-dose interleukin-2 (aldesleukin) in advanced melanoma, from "
        "a FHIR chart. For review by clinicians before use; not a medical device.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=commands.version_text())
    some = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = some.add_parser("serve", help="run the CDS Hooks service", epilog=_EXIT_CODES)
    _add_server(serve)

    demo = some.add_parser("demo", help="print the card of a sample patient", epilog=_EXIT_CODES)
    demo.add_argument("--serve", action="store_true", help="go on serving after the card")
    _add_server(demo)

    criteria = some.add_parser("criteria", help="print the rule book with its sources")
    criteria.add_argument("--json", action="store_true", help="as one JSON object")
    _add_policy(criteria)

    evaluate = some.add_parser(
        "evaluate",
        help="assess charts from files",
        epilog=_EXIT_CODES,
    )
    evaluate.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a FHIR Bundle or a CDS Hooks request; - is standard input; a folder is every file",
    )
    evaluate.add_argument(
        "--as-of", metavar="DATE", help="the day of the assessment, or an instant (default: today)"
    )
    evaluate.add_argument("--patient", metavar="ID", help="the id of the Patient to assess")
    evaluate.add_argument(
        "--json", action="store_true", help="one JSON object (several files: one a line)"
    )
    _add_policy(evaluate)
    _add_policy_command(some)
    return parser


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


def _add_policy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", metavar="FILE", help="the site's policy, a TOML file")


def _add_server(parser: argparse.ArgumentParser) -> None:
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
                return commands.serve(given)
            case "demo":
                return commands.demo(given)
            case "criteria":
                return commands.criteria(given)
            case "policy" if given.action == "check":
                return commands.check_policy(given.file)
            case "policy":
                return commands.show_policy(given)
            case _:
                return commands.evaluate(given)
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
