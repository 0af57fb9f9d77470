"""The JSON interface holds what its own OpenAPI document promises, whatever it is asked."""

from __future__ import annotations

from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from edge.status.access.roles import Role
from tests.fakes.page_files import write_curve, write_list
from tests.unit.status.page_fakes import NOW, hit
from tests.unit.status.page_site import PageSite

LEAST_CASES = 2000
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# A path without parameters has one request of each kind; what is left goes to the one that has.
CASES = {POSITIVE: 250, NEGATIVE: 2200}


def site(folder: Path) -> PageSite:
    made = PageSite(folder, hit(1, label="Room 12"), hit(2))
    write_curve(folder)
    write_list(folder, NOW)
    return made


def test_two_thousand_requests_find_no_crash_and_no_breach_of_the_schema(tmp_path: Path) -> None:
    made = site(tmp_path)
    made.sign_in(Role.INSTALLER)
    host = {"host": "localhost"}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", made.app.asgi, headers=host)
    asked: list[int] = []

    def ask(case: schemathesis.Case) -> None:
        answer = case.call(headers=host, cookies=made.cookies)
        asked.append(answer.status_code)
        case.validate_response(answer)

    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        for mode, cases in CASES.items():
            if mode is NEGATIVE and not operation.query:
                continue
            _many(cases)(given(operation.as_strategy(generation_mode=mode))(ask))()
    assert len(operations) >= 8
    assert len(asked) >= LEAST_CASES, len(asked)
    assert max(asked) < 500
    assert {200, 422} <= set(asked)


def _many(cases: int) -> settings:
    return settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
