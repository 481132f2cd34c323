"""What a run costs at most, from the region's price table, before free tiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from config.rules.ingestion import PASSAGES_PER_PAGE
from pipeline.cost.bedrock import token_price
from pipeline.cost.model import CENT
from pipeline.cost.pricers.compute import SECONDS_PER_PAGE, TRANSITIONS_PER_PAGE
from pipeline.cost.pricers.models import ASSESSING, MILLION, PASSAGE_TEXT_UNITS
from pipeline.cost.pricers.storage import READS_PER_PAGE
from pipeline.cost.table import NoPriceError, price_table
from pipeline.cost.usage import TOKENS_PER_PASSAGE
from pipeline.errors import ExitCode, SitechatError, again, counted

if TYPE_CHECKING:
    from config import Environment

# Calls and transitions of a run beside those of its pages; a large index is loaded in several calls.
CALLS_PER_RUN, TRANSITIONS_PER_RUN = 20, 40
# Size of the functions (constructs_lib/workflows/functions.py).
MEMORY_GIB = Decimal("0.5")
# Objects written for a page: as fetched, and its passages.
OBJECTS_PER_PAGE = 2


@dataclass(frozen=True)
class RunPrice:
    """Highest price of runs over `pages` pages of which every one is new, in whole cents.

    `unknown` names what the price table lacks; `usd` is then the figure that the user stated, or None without one.
    """

    pages: int
    passages: int
    calls: int
    transitions: int
    usd: Decimal | None
    unknown: str = ""

    @property
    def text(self) -> str:
        """The price in one sentence, with what it rests on."""
        price = f"{self.usd:.2f} USD" if self.usd is not None else "an unknown amount"
        if self.unknown:
            price += f" ({self.unknown}{'; stated, not priced' if self.usd is not None else ''})"
        return (
            f"at most {price} for {counted(self.pages, 'page')}, all new, with {PASSAGES_PER_PAGE} passages each: "
            f"{self.passages:,} embeddings, {self.calls:,} Lambda calls, {self.transitions:,} state transitions"
        )

    def to_dict(self) -> dict[str, Any]:
        """The price as plain data, for --json."""
        usd = float(self.usd) if self.usd is not None else None
        return {**vars(self), "usd": usd}


def refuse_unpriced_run(price: RunPrice, env_ref: str) -> None:
    """Raise SitechatError (8) for a run without a price, unless the user stated what it costs at most."""
    if price.usd is None:
        raise SitechatError(
            f"the price of {counted(price.pages, 'page')} is incomplete: {price.unknown}",
            hint=f"State what they cost at most, in USD: `{again('ingest run', env_ref, '--stated-usd', '0.00')}`.",
            code=ExitCode.INCOMPLETE,
        )


def run_price(env: Environment, *, pages: int, runs: int = 1, stated_usd: Decimal | None = None) -> RunPrice:
    """Highest price of `runs` runs over `pages` pages in all, without tries that are repeated.

    `stated_usd` counts only where a price is missing.
    """
    passages = pages * PASSAGES_PER_PAGE
    calls = pages * len(SECONDS_PER_PAGE) + runs * CALLS_PER_RUN
    transitions = pages * TRANSITIONS_PER_PAGE + runs * TRANSITIONS_PER_RUN
    try:
        prices = price_table(env.region)
        usd = sum(
            (prices.price(key).usd * quantity for key, quantity in _quantities(env, pages, calls, transitions)),
            start=token_price(env, env.bedrock.embedding_model_id, "input").usd
            * passages
            * TOKENS_PER_PASSAGE
            / MILLION,
        )
    except NoPriceError as error:
        return RunPrice(pages, passages, calls, transitions, stated_usd, str(error))
    return RunPrice(pages, passages, calls, transitions, usd.quantize(CENT, ROUND_UP))


def _quantities(env: Environment, pages: int, calls: int, transitions: int) -> Iterator[tuple[str, Decimal]]:
    """Price keys, with quantities in the unit of each price."""
    passages = pages * PASSAGES_PER_PAGE
    seconds = pages * sum(SECONDS_PER_PAGE.values())
    if env.ingestion.check_passages:
        for policy in ASSESSING.values():
            yield f"bedrock.guardrail.{policy}", Decimal(passages * PASSAGE_TEXT_UNITS) / 1000
    yield "lambda.requests", Decimal(calls) / MILLION
    yield "lambda.arm64.duration", MEMORY_GIB * seconds
    yield "states.transitions", Decimal(transitions) / 1000
    yield "dynamodb.write", Decimal(pages) / MILLION
    yield "dynamodb.read", Decimal(pages * READS_PER_PAGE) / MILLION
    yield "s3.put", Decimal(pages * OBJECTS_PER_PAGE) / 1000
