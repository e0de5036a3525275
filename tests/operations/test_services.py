"""A worker that beats is alive; one that stops is not."""

from datetime import UTC, datetime, timedelta

import pytest

from devmatrix.operations.models import WorkerHeartbeat
from devmatrix.operations.services import ALIVE_SECONDS, KEPT, beat, workers_alive

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_a_worker_that_just_beat_is_alive_with_what_it_holds() -> None:
    beat(name="host:1", in_flight=7, now=NOW)

    (worker,) = workers_alive(NOW)
    assert (worker.name, worker.in_flight, worker.started_at) == ("host:1", 7, NOW)


def test_a_later_beat_refreshes_the_row_and_keeps_the_start() -> None:
    beat(name="host:1", in_flight=7, now=NOW)
    later = NOW + timedelta(seconds=5)
    beat(name="host:1", in_flight=0, now=later)

    row = WorkerHeartbeat.objects.get()
    assert (row.started_at, row.seen_at, row.in_flight) == (NOW, later, 0)


def test_a_silent_worker_is_taken_for_gone() -> None:
    beat(name="host:1", in_flight=7, now=NOW)

    assert workers_alive(NOW + timedelta(seconds=ALIVE_SECONDS))
    assert workers_alive(NOW + timedelta(seconds=ALIVE_SECONDS + 1)) == []


def test_the_latest_worker_comes_first() -> None:
    beat(name="host:1", in_flight=0, now=NOW)
    beat(name="host:2", in_flight=0, now=NOW + timedelta(seconds=1))

    assert [worker.name for worker in workers_alive(NOW)] == ["host:2", "host:1"]


def test_rows_of_workers_long_gone_are_swept_when_a_new_one_starts() -> None:
    beat(name="host:1", in_flight=0, now=NOW)
    beat(name="host:2", in_flight=0, now=NOW + KEPT + timedelta(seconds=1))

    assert list(WorkerHeartbeat.objects.values_list("name", flat=True)) == ["host:2"]


def test_a_beat_of_a_known_worker_costs_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    beat(name="host:1", in_flight=0, now=NOW)
    with django_assert_num_queries(1):
        beat(name="host:1", in_flight=1, now=NOW)
