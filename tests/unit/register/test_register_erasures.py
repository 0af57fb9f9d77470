"""Which boxes may still hold a revoked template: of every doubt the worst is assumed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.errors import RegisterError
from edge.register.database import Register
from edge.register.enrol import revoke
from edge.register.erasures import Holding, Revocation, judge, revocations
from edge.register.publish import publish
from edge.register.withdraw import withdraw
from edge.report.messages import parse_status, status_event
from edge.values import Condition
from tests.fakes.registers import add, new_register
from tests.fakes.watchlists import NOW

DAY = timedelta(days=1)


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(new_register(tmp_path / "register")) as made:
        yield made


def holding(runs: int | None, *versions: int | None) -> Holding:
    status = parse_status(
        status_event(
            "north",
            "door",
            online=runs is not None,
            condition=Condition.RUNNING,
            at=NOW,
            watchlist_version=runs,
        )
    )
    revoked = [Revocation(f"entry-{n}", "person", NOW, v) for n, v in enumerate(versions)]
    (verdict,) = judge([status], revoked)
    return verdict.holding


def test_a_revocation_is_known_by_the_first_version_that_was_published_after_it(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    second = add(register, tmp_path, "Ada", list_id="staff")
    publish(register, tmp_path / "out", DAY)
    withdraw(register, revoke(register, ada.entry_id, "asked for it"))
    publish(register, tmp_path / "out", DAY)
    revoke(register, second.entry_id, "asked for it")
    found = revocations(register, ada.person_id)
    assert [(one.entry_id, one.version) for one in found] == [
        (ada.entry_id, 2),
        (second.entry_id, None),
    ]
    assert [one.version for one in revocations(register, ada.entry_id)] == [2]
    assert found[0].revoked_at == NOW


def test_nobody_who_is_still_enrolled_or_unknown_has_a_revocation(
    register: Register, tmp_path: Path
) -> None:
    ada = add(register, tmp_path, "Ada")
    for some_id in (ada.entry_id, ada.person_id, "nobody"):
        with pytest.raises(RegisterError, match="was revoked"):
            revocations(register, some_id)


@pytest.mark.parametrize(
    ("runs", "versions", "meant"),
    [
        (5, (5,), Holding.ERASED),
        (6, (5, 3), Holding.ERASED),
        (4, (5,), Holding.MAY_HOLD),
        (4, (5, 3), Holding.MAY_HOLD),
        (9, (None,), Holding.MAY_HOLD),
        (9, (3, None), Holding.MAY_HOLD),
        (0, (5,), Holding.UNKNOWN),
        (None, (5,), Holding.UNKNOWN),
    ],
)
def test_a_box_is_judged_by_the_version_that_it_runs(
    runs: int | None, versions: tuple[int | None, ...], meant: Holding
) -> None:
    assert holding(runs, *versions) is meant
