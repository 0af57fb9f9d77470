"""``watchpost doctor``: everything an installer would look at, each with what to do."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
from typing import Any

from edge.cli.config import DEFAULT_CONFIG, add_config_option, settings_of, settings_path
from edge.doctor.answer import Answer, Verdict, ask, fine, warning

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
    if args.log_level == "warning":  # the answers say it, with what to do
        logging.getLogger().setLevel(logging.ERROR)
    # What the questions need (camera, models, broker) is loaded only when they are asked.
    from edge.compose.doctor import questions

    answers = {"settings": _which(args)} | ask(questions(settings))
    if args.json:
        document = {name: dataclasses.asdict(answer) for name, answer in answers.items()}
        print(json.dumps(document, indent=2))
    else:
        for name, answer in answers.items():
            _show(name, answer)
        print(f"\n{_summary(answers)}")
    return int(any(answer.verdict is Verdict.FAILURE for answer in answers.values()))


def _which(args: argparse.Namespace) -> Answer:
    path = settings_path(args)
    if path is not None:
        return fine(f"{path} is in order.")
    return warning(
        f"There is no {DEFAULT_CONFIG}: the box works with defaults.",
        "Run `sudo watchpost install`, or name a file with --config.",
    )


def _summary(answers: dict[str, Answer]) -> str:
    verdicts = [answer.verdict for answer in answers.values()]
    failures, warnings = verdicts.count(Verdict.FAILURE), verdicts.count(Verdict.WARNING)
    if failures:
        said = f"{failures} of {len(answers)} answers say that the box does not do its work."
        return f"{said} Begin with the first: others may follow from it."
    if warnings:
        return f"The box works; {warnings} of {len(answers)} answers are warnings."
    return "Everything is in order."


def _show(name: str, answer: Answer) -> None:
    print(f"{_MARKS[answer.verdict]}  {name:14} {answer.found}")
    if answer.remedy:
        print(f"{'':6}{'':14} -> {answer.remedy}")
