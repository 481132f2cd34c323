"""What questions cost: the price with more of them, less the price as assumed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.model import CENT, MODEL, Line
from pipeline.cost.words import usd

if TYPE_CHECKING:
    from config import Environment

COUNT = 1_000
PARTS = ("guardrail", "model", "everything else")


@dataclass(frozen=True)
class QuestionPrice:
    """Expected price of `COUNT` more questions a month in USD, by part, in whole cents.

    `complete` is false where something has no price.
    """

    parts: dict[str, Decimal]
    complete: bool

    @property
    def total(self) -> Decimal:
        """Sum of the parts."""
        return sum(self.parts.values(), Decimal(0))

    @property
    def text(self) -> str:
        """The price in one sentence, with each part's share."""
        shares = (f"{name} {usd(value)} ({self._percent(value)} %)" for name, value in self.parts.items())
        limit = "" if self.complete else "; incomplete, as something has no price"
        return f"{COUNT:,} questions cost {usd(self.total)} USD: {', '.join(shares)}{limit}."

    def _percent(self, value: Decimal) -> Decimal:
        return (value / self.total * 100).quantize(Decimal(1)) if self.total else Decimal(0)

    def to_dict(self) -> dict[str, float | bool]:
        """The price as plain data, for --json."""
        parts = {name.replace(" ", "_"): float(value) for name, value in self.parts.items()}
        return {"questions": COUNT, "usd": float(self.total), **parts, "complete": self.complete}


def price_of_questions(resources: tuple[PricedResource, ...], env: Environment) -> QuestionPrice:
    """Price of a thousand questions: tokens, what the guardrail assesses, and all else that follows them.

    What the environment's file states instead of leaving it to follow the questions isn't in it.
    """
    if env.service.parked:  # what they would cost if it weren't
        env = env.model_copy(update={"service": env.service.model_copy(update={"parked": False})})
    more = env.cost.model_copy(update={"chats_per_month": env.cost.chats_per_month + COUNT})
    then = estimate_resources(resources, env.model_copy(update={"cost": more}))
    now = estimate_resources(resources, env)
    parts = dict.fromkeys(PARTS, Decimal(0))
    for lines, sign in ((then.lines, 1), (now.lines, -1)):
        for line in lines:
            parts[_part(line, env)] += sign * line.quantity.expected * line.price.usd
    return QuestionPrice({name: value.quantize(CENT) for name, value in parts.items()}, complete=not now.unpriced)


def _part(line: Line, env: Environment) -> str:
    kind, _, name = line.addresses[0].partition(".")
    if kind == "aws_bedrock_guardrail":
        return "guardrail"
    return "model" if (kind, name) == (MODEL, env.bedrock.model_id) else "everything else"
