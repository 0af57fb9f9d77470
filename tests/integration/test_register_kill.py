"""Publishing is killed again and again: a box always finds a whole release, never an older one."""

from __future__ import annotations

import multiprocessing
import random
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from edge.register.database import open_register
from edge.register.enrol import revoke
from edge.register.publish import publish
from edge.register.withdraw import withdraw
from tests.fakes.registers import new_register, populate
from tests.fakes.watchlists import StillClock
from tests.unit.register.published import Box

KILLS = 20
DAY = timedelta(days=1)


def publish_for_ever(folder: Path, out: Path, seed: int) -> None:
    """What is killed: people come and go, and each change is published."""
    with closing(open_register(folder, StillClock(), "olga")) as register:
        for number in range(10_000):
            made = populate(register, 5, seed=1000 * seed + number)
            publish(register, out, DAY)
            withdraw(register, revoke(register, made[0].entry_id, "asked for it"))


@pytest.mark.slow
def test_publishing_killed_at_random_moments_leaves_the_old_release_or_the_new_one(
    tmp_path: Path,
) -> None:
    folder, out = tmp_path / "register", tmp_path / "out"
    chance = random.Random(20261123)
    with closing(new_register(folder)) as register:
        populate(register, 200, seed=7)
        publish(register, out, DAY)
        box = Box(register, out)
    forked = multiprocessing.get_context("fork")
    versions = [box.manifest().version]
    for seed in range(KILLS):
        child = forked.Process(target=publish_for_ever, args=(folder, out, seed))
        child.start()
        time.sleep(chance.uniform(0.1, 1.5))
        child.kill()
        child.join(10)
        manifest, entries = box.manifest(), box.entries()
        assert manifest.entries == len(entries) - len(manifest.revoked)
        assert len({one.entry_id for one in entries}) == len(entries)
        versions.append(manifest.version)
    assert versions == sorted(versions)
    assert len(set(versions)) > KILLS // 4
    with closing(open_register(folder, StillClock(), "olga")) as register:
        done = publish(register, out, DAY)
        assert {one.entry_id for one in box.entries()} == {
            one.entry_id for one in register.enrolments()
        }
    assert done.version > versions[-1]
    files = {path.name for path in (out / "targets" / "segments").iterdir()}
    assert files == {f"{row.id}.{row.id}.segment" for row in box.manifest().segments}
    assert not list(out.rglob(".*.new"))
