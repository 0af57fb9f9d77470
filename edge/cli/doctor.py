"""``watchpost doctor``: everything an installer would look at, each with what to do."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from edge.cli.config import add_config_option, settings_of
from edge.doctor.answer import Answer, Verdict, ask

_MARKS = {Verdict.OK: "ok  ", Verdict.WARNING: "warn", Verdict.FAILURE: "FAIL"}


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "doctor", help="look at everything an installer would, and say what to do"
    )
    parser.add_argument("--json", action="store_true")
    add_config_option(parser)
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    settings = settings_of(args)  # wrong ones are told as everywhere, with exit code 2
    # What the questions need (camera, models, broker) is loaded only when they are asked.
    from edge.compose.doctor import questions

    answers = ask(questions(settings))
    if args.json:
        document = {name: dataclasses.asdict(answer) for name, answer in answers.items()}
        print(json.dumps(document, indent=2))
    else:
        for name, answer in answers.items():
            _show(name, answer)
    return int(any(answer.verdict is Verdict.FAILURE for answer in answers.values()))


def _show(name: str, answer: Answer) -> None:
    print(f"{_MARKS[answer.verdict]}  {name:14} {answer.found}")
    if answer.remedy:
        print(f"{'':6}{'':14} -> {answer.remedy}")
