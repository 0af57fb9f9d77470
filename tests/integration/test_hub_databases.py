"""What the hub stores, forgets and knows to be missing, in both of its databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from edge.errors import HubError
from edge.hub import tables
from edge.hub.database import open_engine, parse_url
from edge.hub.ledger import gaps
from edge.hub.migrate import migrate
from edge.hub.questions import boxes, erasures, hits
from edge.hub.records import Delivery
from edge.hub.store import HubStore
from edge.hub.upkeep import MAX_REFUSALS, erase, keep_up
from tests.fakes.box_events import (
    BOX,
    NOW,
    SERIES,
    SITE,
    erasure_delivery,
    event_id,
    health_delivery,
    hit_delivery,
    review_delivery,
    status_delivery,
)
from tests.integration.hub_databases import count, fresh_url, opened
from tests.integration.postgres import PostgreSQL, needs_postgres

KEY = (SITE, BOX, SERIES)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    one = PostgreSQL()
    one.start()
    yield one
    one.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=needs_postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    wants_server = request.param == "postgresql"
    return fresh_url(request.getfixturevalue("server") if wants_server else None, tmp_path)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    with opened(url) as one:
        yield one


@pytest.fixture
def store(engine: Engine) -> HubStore:
    return HubStore(engine, "hub-1")


def missing(engine: Engine) -> list[tuple[int, int]]:
    return [(gap.first, gap.last) for gap in gaps(engine, limit=100)]


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_hubs_that_start_together_make_the_tables_once(url: str) -> None:
    engines = [open_engine(parse_url(url)) for _ in range(4)]
    found: list[object] = []

    def start(engine: Engine) -> None:
        try:
            found.append(migrate(engine))
        except HubError as error:
            found.append(error)

    threads = [threading.Thread(target=start, args=[engine]) for engine in engines]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    for engine in engines:
        engine.dispose()
    assert found == ["0001"] * 4


def test_a_database_of_a_newer_release_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HubError, match="9999") as raised:
        migrate(engine)
    assert not raised.value.worth_retrying
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    assert found == "9999"


def test_the_same_event_through_two_hubs_is_one_row_and_answered_by_both(engine: Engine) -> None:
    first = HubStore(engine, "hub-1").write([hit_delivery(1), hit_delivery(2)])
    second = HubStore(engine, "hub-2").write([hit_delivery(2), hit_delivery(3)])
    assert (first.stored, first.known) == (2, 0)
    assert (second.stored, second.known) == (1, 1)
    assert second.numbers == {KEY: {2, 3}}
    assert count(engine, tables.hit) == 3


def test_an_event_twice_in_one_batch_is_one_row(engine: Engine, store: HubStore) -> None:
    written = store.write([hit_delivery(1), hit_delivery(1)])
    assert (written.stored, written.known) == (1, 1)
    assert count(engine, tables.hit) == 1


def test_hubs_that_write_the_same_rows_in_any_order_do_not_block_each_other(url: str) -> None:
    orders = [list(range(1, 200)), list(range(199, 0, -1))]
    stored: list[int] = []
    with opened(url) as one, opened(url) as other:

        def write(engine: Engine, numbers: list[int]) -> None:
            store = HubStore(engine, "hub")
            for at in range(0, len(numbers), 20):
                deliveries = [hit_delivery(n) for n in numbers[at : at + 20]]
                stored.append(store.write(deliveries).stored)

        threads = [
            threading.Thread(target=write, args=pair)
            for pair in zip((one, other), orders, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(stored) == count(one, tables.hit) == 199
        assert missing(one) == []


def test_hits_of_equal_numbers_from_other_boxes_and_spools_are_kept_apart(
    engine: Engine, store: HubStore
) -> None:
    store.write([hit_delivery(1), hit_delivery(1, box="box-2"), hit_delivery(1, site="site-2")])
    written = store.write([hit_delivery(2, series="another")])
    assert written.numbers == {(SITE, BOX, "another"): {2}}
    assert count(engine, tables.hit) == 4


def test_a_malformed_message_is_refused_and_its_neighbours_are_stored(
    engine: Engine, store: HubStore
) -> None:
    bad = Delivery(f"watchpost/v1/{SITE}/{BOX}/hit", b'{"label": "Maria"}', NOW)
    written = store.write([hit_delivery(1), bad, hit_delivery(2)])
    assert (written.stored, written.refused) == (2, 1)
    with engine.connect() as connection:
        row = connection.execute(tables.refusal.select()).mappings().one()
    assert row["topic"] == bad.topic
    assert row["size_bytes"] == len(bad.payload)
    assert "Maria" not in str(dict(row))


def test_a_value_that_the_database_refuses_holds_up_nobody_else(
    engine: Engine, store: HubStore
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE hit"))
        check = "CHECK (sequence <> 2)"  # stands for any rule that only the database knows
        names = ", ".join(
            f"{one.name} {one.type.compile(engine.dialect)}" for one in tables.hit.columns
        )
        connection.execute(
            text(f"CREATE TABLE hit ({names}, PRIMARY KEY (site, box, event_id), {check})")
        )
    written = store.write([hit_delivery(1), hit_delivery(2), hit_delivery(3)])
    assert (written.stored, written.refused) == (2, 1)
    assert written.numbers == {KEY: {1, 3}}


def test_gaps_are_the_numbers_between_those_that_came(engine: Engine, store: HubStore) -> None:
    store.write([hit_delivery(n) for n in (2, 3, 6, 10)])
    assert missing(engine) == [(1, 1), (4, 5), (7, 9)]
    store.write([hit_delivery(n) for n in (1, 4, 5)])
    assert missing(engine) == [(7, 9)]


def test_erasures_and_reviews_count_in_the_same_sequence(engine: Engine, store: HubStore) -> None:
    store.write([hit_delivery(1), erasure_delivery(2), review_delivery(3, event_id("x"))])
    assert missing(engine) == []
    assert [one["entry"] for one in erasures(engine, limit=9)] == ["entry-1"]


def test_upkeep_folds_numbers_and_the_gaps_stay_the_same(engine: Engine, store: HubStore) -> None:
    store.write([hit_delivery(n) for n in (1, 2, 3, 6)])
    keep_up(engine, None)
    assert count(engine, tables.arrival) == 1
    assert missing(engine) == [(4, 5)]
    store.write([hit_delivery(n) for n in (2, 4, 5)])  # 2 came before and was folded
    keep_up(engine, None)
    assert count(engine, tables.arrival) == 0
    assert missing(engine) == []


def test_gaps_of_an_earlier_spool_are_marked(engine: Engine, store: HubStore) -> None:
    store.write([hit_delivery(2)])
    store.write([hit_delivery(3, series="newer")])
    assert [(one.series, one.current) for one in gaps(engine, limit=9)] == [
        (SERIES, False),
        ("newer", True),
    ]


def test_old_hits_are_deleted_without_opening_a_gap(engine: Engine, store: HubStore) -> None:
    store.write([hit_delivery(1, at=NOW - timedelta(days=91)), hit_delivery(2)])
    assert keep_up(engine, NOW - timedelta(days=90)).aged == 1
    assert [one["sequence"] for one in hits(engine, limit=9)] == [2]
    assert missing(engine) == []


def test_without_a_clock_to_believe_nothing_is_deleted_for_its_age(
    engine: Engine, store: HubStore
) -> None:
    store.write([hit_delivery(1, at=NOW - timedelta(days=9000))])
    assert keep_up(engine, None).aged == 0
    assert count(engine, tables.hit) == 1


def test_an_erased_entrys_hits_are_gone_and_later_ones_are_answered_but_not_kept(
    engine: Engine, store: HubStore
) -> None:
    store.write([hit_delivery(1, entry="gone"), hit_delivery(2, entry="stays")])
    assert erase(engine, "gone", NOW) == 1
    written = store.write([hit_delivery(3, entry="gone")])
    assert (written.erased, written.numbers) == (1, {KEY: {3}})
    assert [one["entry"] for one in hits(engine, limit=9)] == ["stays"]
    assert missing(engine) == []
    assert erase(engine, "gone", NOW) == 0


def test_a_hit_that_another_hub_was_just_writing_is_erased_by_the_upkeep(
    engine: Engine, store: HubStore
) -> None:
    store.write([hit_delivery(1, entry="gone")])
    with engine.begin() as connection:  # the erasure, as if the hit had been committed after it
        row = {"entry": "gone", "erased_at": NOW}
        connection.execute(tables.erased_entry.insert(), row)
    assert keep_up(engine, None).erased == 1
    assert count(engine, tables.hit) == 0


def test_refusals_are_bounded(engine: Engine, store: HubStore) -> None:
    bad = [Delivery("watchpost/v1/a/b/hit", b"", NOW)]
    for _ in range(MAX_REFUSALS // 50 + 2):
        store.write(bad * 60)
    keep_up(engine, None)
    assert count(engine, tables.refusal) <= MAX_REFUSALS


def test_the_fleet_table_keeps_each_boxs_newest_status(engine: Engine, store: HubStore) -> None:
    later = NOW + timedelta(minutes=1)
    store.write([status_delivery(online=True), status_delivery(online=False, at=later)])
    store.write([status_delivery(online=True)])  # an older one, through a slower hub
    (found,) = boxes(engine, limit=9)
    assert (found["online"], found["received_at"], found["health"]) == (False, later, None)
    store.write([health_delivery(camera="The camera is away.")])
    (found,) = boxes(engine, limit=9)
    assert (found["health"], found["health_words"]) == ("failure", "camera: The camera is away.")


def test_times_come_back_with_their_zone(engine: Engine, store: HubStore) -> None:
    store.write([hit_delivery(1)])
    (found,) = hits(engine, limit=1, since=NOW)
    assert found["decided_at"] == NOW
    assert hits(engine, limit=1, since=NOW + timedelta(seconds=1)) == []


def test_questions_are_answered_while_a_hub_is_writing(url: str) -> None:
    with opened(url) as writer, opened(url) as reader:
        HubStore(writer, "hub-1").write([hit_delivery(2)])
        with writer.begin() as connection:
            connection.execute(text("DELETE FROM hit"))
            assert missing(reader) == [(1, 1)]
            assert len(hits(reader, limit=1)) == 1
