"""1,000 questions: the guardrail's, the model's and all other parts, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline.cost.questions import QuestionPrice, price_of_questions
from tests.pipeline.cost.samples import resources
from tests.support.environments import varied


def of_dev(**changes: Any) -> QuestionPrice:
    return price_of_questions(resources("dev"), varied("dev", **changes))


def test_parts_by_hand() -> None:
    found = of_dev()
    # 3,000 text units at 0.15 and 0.10, 12,000 at 0.10.
    assert found.parts["guardrail"] == Decimal("1.95")
    # 2.5 million tokens at 0.06, 0.3 million at 0.24.
    assert found.parts["model"] == Decimal("0.22")
    assert found.parts["guardrail"] / found.parts["model"] > 8
    assert found.total == sum(found.parts.values())
    assert found.complete
    assert found.text.startswith(f"1,000 questions cost {found.total} USD: guardrail 1.95 (72 %), model 0.22 (8 %)")


def test_it_is_the_same_however_many_are_asked() -> None:
    assert of_dev(cost__chats_per_month=0).parts["guardrail"] == of_dev(cost__chats_per_month=50_000).parts["guardrail"]


def test_without_a_guardrail_it_has_no_share() -> None:
    without = tuple(each for each in resources("dev") if each.type != "aws_bedrock_guardrail")
    assert price_of_questions(without, varied("dev")).parts["guardrail"] == 0


def test_what_is_stated_is_not_in_it() -> None:
    less = of_dev(cost__requests_per_month=100_000, cost__app_log_mib=1, cost__busy_percent=1)
    assert less.parts["everything else"] < of_dev().parts["everything else"]


def test_an_unknown_model_makes_it_incomplete() -> None:
    found = of_dev(bedrock__model_id="us.acme.big-v1:0")
    assert not found.complete
    assert "incomplete" in found.text
    assert found.parts["model"] == 0
    assert found.to_dict()["complete"] is False


def test_no_questions_that_cost_anything() -> None:
    assert (
        QuestionPrice({"model": Decimal(0)}, complete=True).text == "1,000 questions cost 0.00 USD: model 0.00 (0 %)."
    )
