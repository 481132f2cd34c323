"""Tables of plans: what is said beside the numbers."""

from __future__ import annotations

import io

from rich.console import Console

from pipeline.planning.planner import LayerPlan
from pipeline.report.tables import plan_table


def table(*plans: LayerPlan) -> list[str]:
    console = Console(file=io.StringIO(), width=120)
    console.print(plan_table(plans))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_preview_that_failed_says_what_went_wrong_and_not_where_it_ended() -> None:
    problem = "Terraform failed in second\nError: reading [topic]: not found\n  with aws_sns_topic.a,\n 878:    }"
    found = table(LayerPlan("second", blocked="first is not applied yet", problem=problem))
    assert found[1].endswith("preview failed: Error: reading [topic]: not found")
    alone = table(LayerPlan("second", blocked="first is not applied yet", problem="the disk is full"))
    assert alone[1].endswith("preview failed: the disk is full")


def test_a_preview_says_what_it_waits_for() -> None:
    assert table(LayerPlan("second", blocked="first is not applied yet"))[1].endswith(
        "preview: first is not applied yet"
    )
