"""A parked environment: no tasks and no questions in its price, whatever its way out."""

from __future__ import annotations

import pytest

from pipeline.cost.estimate import estimate_resources
from pipeline.cost.questions import price_of_questions
from pipeline.cost.savings import alternatives_of
from pipeline.cost.words import PARKED, remarks
from tests.pipeline.cost.samples import priced, resources
from tests.support.environments import NAMES, varied


@pytest.mark.parametrize("egress", ["public_ip", "nat_gateway", "nat_per_az", "endpoints"])
@pytest.mark.parametrize("name", NAMES)
def test_a_parked_environment_has_a_price_and_alternatives(name: str, egress: str) -> None:
    env = varied(name, service__parked=True, network__egress=egress)
    found = estimate_resources(resources(name), env)
    assert found.complete
    assert not [
        line for line in found.lines if line.what.startswith(("task", "Spot task", "tokens read")) and line.cost.high
    ]
    assert PARKED in remarks(found)
    assert all(each.difference.expected for each in alternatives_of(resources(name), env))


@pytest.mark.parametrize("name", NAMES)
def test_parking_saves_what_runs_and_questions_keep_their_price(name: str) -> None:
    env = varied(name, service__parked=True)
    assert estimate_resources(resources(name), env).expected < priced(name).expected
    assert price_of_questions(resources(name), env).total > 1
