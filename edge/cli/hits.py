"""``watchpost hits``: prints hits as they come, for people and for pipes.

In: a broker's address. Out: a line a hit, flushed at once: words, or JSON with ``--json``.
The first connection must succeed; later losses are told on stderr and tried again.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
import queue
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from edge.errors import BrokerError, ConfigError
from edge.report.messages import ReceivedHit
from edge.report.subscribe import HitSubscriber
from edge.report.topics import ANY
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import MqttSettings

FIRST_CONNECTION_S = 15.0
GRACE_S = 2.0  # a broker that just starts, or wants MQTT 3.1.1, gets a second try
LOOK_S = 0.2
_PORTS = {"mqtt": 1883, "mqtts": 8883}


def add_parser(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("hits", help="print hits as they arrive at the broker")
    add_broker_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--site", default=ANY, help="only this site's hits")
    parser.add_argument("--list", dest="list_id", metavar="LIST", help="only this list's hits")
    parser.add_argument("--count", type=_natural, metavar="N", help="end after N hits")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        help="end after so long; with --count, exit code 1 when fewer hits came",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print hits until told to stop; returns the exit code.

    Raises:
        ConfigError: the broker's address is not usable.
        BrokerError: no first connection, or the subscription is refused.
    """
    # Losses are told below, in a line for people.
    logging.getLogger("edge.report.link").setLevel(logging.ERROR)
    subscriber = HitSubscriber(
        broker_settings(args),
        clock=SystemClock(trust_system=True),
        chance=random.Random(),
        site=args.site,
    )
    subscriber.start()
    try:
        _await_first(subscriber, args.timeout)
        return _print_hits(subscriber, args)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # The reader has gone (`watchpost hits | head`); let the flush at exit fail quietly too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        subscriber.stop()


def add_broker_options(parser: argparse.ArgumentParser) -> None:
    """Add what :func:`broker_settings` reads."""
    parser.add_argument(
        "--broker",
        default="mqtt://localhost:1883",
        metavar="URL",
        help="mqtt://host:port or mqtts://host:port (TLS); default %(default)s",
    )
    parser.add_argument("--username", default="", help="user name at the broker")
    parser.add_argument("--password-file", type=Path, help="file that holds the password")
    parser.add_argument("--ca-file", type=Path, help="the CA that signed the broker's certificate")
    parser.add_argument("--cert-file", type=Path, help="this client's certificate")
    parser.add_argument("--key-file", type=Path, help="this client's key")


def broker_settings(args: argparse.Namespace) -> MqttSettings:
    """The broker that the command line names.

    Raises:
        ConfigError: the address is not usable.
    """
    remedy = "Write it as mqtt://host:1883 or mqtts://host:8883."
    try:
        url = urlsplit(args.broker)
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ConfigError(f"--broker is no address ({error}).", remedy) from error
    if url.scheme not in _PORTS or not host or url.path.strip("/") or url.query:
        raise ConfigError(f"--broker {args.broker!r} is no broker's address.", remedy)
    if url.password is not None:
        raise ConfigError(
            "A password in --broker can be read by every user of this machine.",
            "Put it into a file and name that with --password-file.",
        )
    try:
        return MqttSettings(
            host=host,
            port=port or _PORTS[url.scheme],
            username=args.username or url.username or "",
            password_file=args.password_file,
            tls=url.scheme == "mqtts",
            ca_file=args.ca_file,
            cert_file=args.cert_file,
            key_file=args.key_file,
        )
    except ValidationError as error:
        raise ConfigError(f"--broker: {error.errors()[0]['msg'].lower()}.", remedy) from error


def line_for_people(hit: ReceivedHit) -> str:
    """One hit in words; the local time of the decision, never a raw score."""
    moment = hit.decided_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    who = f"{hit.entry_id} ({hit.label})" if hit.label else hit.entry_id
    line = (
        f"{moment}  {hit.site}/{hit.box}  {hit.camera}  {hit.list_id}  {who}"
        f"  probability {hit.probability:.1%}  #{hit.sequence}"
    )
    # A label comes over the network: it must not steer the terminal.
    return "".join(sign if sign.isprintable() else "?" for sign in line)


def line_for_programs(hit: ReceivedHit) -> str:
    """One hit as a JSON object."""
    record = dataclasses.asdict(hit)
    for name in ("first_seen", "last_seen", "decided_at"):
        record[name] = record[name].isoformat()
    return json.dumps(record, separators=(",", ":"))


def _await_first(subscriber: HitSubscriber, timeout_s: float | None) -> None:
    began_s = time.monotonic()
    longest_s = min(FIRST_CONNECTION_S, timeout_s or FIRST_CONNECTION_S)
    while not subscriber.wait_ready(LOOK_S):
        waited_s = time.monotonic() - began_s
        problem = subscriber.problem
        if problem is not None and waited_s > min(GRACE_S, longest_s):
            raise problem
        if waited_s > longest_s:
            raise BrokerError(
                "The broker has not answered in time.", "Check its address and the network."
            )


def _print_hits(subscriber: HitSubscriber, args: argparse.Namespace) -> int:
    line: Callable[[ReceivedHit], str] = line_for_programs if args.json else line_for_people
    until_s = time.monotonic() + args.timeout if args.timeout else float("inf")
    told, printed = "", 0
    while time.monotonic() < until_s:
        hit = _next_hit(subscriber, min(LOOK_S, max(0.0, until_s - time.monotonic())))
        told = _tell_problem(subscriber, told)
        if hit is not None and args.list_id in (None, hit.list_id):
            print(line(hit), flush=True)
            printed += 1
            if printed == args.count:
                return 0
    return 1 if args.count else 0


def _next_hit(subscriber: HitSubscriber, wait_s: float) -> ReceivedHit | None:
    try:
        return subscriber.hits.get(timeout=wait_s)
    except queue.Empty:
        return None


def _tell_problem(subscriber: HitSubscriber, told: str) -> str:
    problem = subscriber.problem
    now = str(problem) if problem is not None else ""
    if now != told:
        print(f"watchpost: {now or 'Connected again.'}", file=sys.stderr, flush=True)
    return now


def _natural(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise ValueError
    return value
