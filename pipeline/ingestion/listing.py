"""What a run would do: pages are listed and held to the ledger; none is fetched."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ingestion.ledger import VANISHED, WISHES
from passages.layout import model_tag
from pipeline.aws import asked, failed_to
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion.causes import cause_of_page, cause_of_run
from pipeline.ingestion.ledger import read_ledger, to_repeat
from pipeline.ingestion.places import DeployedIngestion, FunctionFailed
from pipeline.ingestion.price import RunPrice, run_price

# Addresses of new pages that are shown.
SHOWN_ADDRESSES = 20


@dataclass(frozen=True)
class Listing:
    """Pages of a source as it is now.

    `to_fetch` is how many a run would fetch; `new` of the listed ones aren't in the ledger, `vanished` of the ledger's
    aren't listed any more. `refused` counts by code what was found and isn't taken, `missed` pages that weren't looked
    behind, and a list with any isn't `complete`: it makes no page vanish at once.
    """

    source: str
    listed: int
    to_fetch: int
    new: tuple[str, ...]
    vanished: tuple[str, ...]
    refused: Mapping[str, int]
    missed: Mapping[str, int]
    complete: bool
    price: RunPrice

    def to_dict(self) -> dict[str, Any]:
        """The listing as plain data, for --json."""
        return {
            "source": self.source,
            "listed": self.listed,
            "to_fetch": self.to_fetch,
            "new": len(self.new),
            "vanished": len(self.vanished),
            "complete": self.complete,
            "refused": _causes(self.refused),
            "missed": _causes(self.missed),
            "addresses": list(self.new[:SHOWN_ADDRESSES]),
            "price": self.price.to_dict(),
        }


def list_source(
    ingestion: DeployedIngestion, source: str, *, failed_alone: bool = False, stated_usd: Decimal | None = None
) -> Listing:
    """List a source's pages through the fetching function. Raises SitechatError (6) where the source can't be listed.

    A list in the bucket is all that it leaves; it is deleted with what runs fetch.
    """
    run = f"dry-{now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    try:
        answer = ingestion.call("fetch", {"do": "list", "source": source, "run": run})
    except FunctionFailed as error:
        cause = cause_of_run(error.name, error.cause)
        raise SitechatError(
            f"{source} can't be listed: {cause.means} ({cause.code})",
            hint=f"{cause.advice[0].upper()}{cause.advice[1:]}.",
            code=ExitCode.FAILED,
        ) from None
    listed = {each["page"]: each["address"] for each in _list(ingestion, answer["key"])}
    known = {each.page: each for each in read_ledger(ingestion, source).pages}
    model = model_tag(ingestion.session.env.bedrock.embedding_model_id)
    fetched = [page for page in listed if not failed_alone or to_repeat(known.get(page), WISHES, model)]
    complete = bool(answer.get("complete", True))
    gone = [each.address for each in known.values() if each.page not in listed and each.state != VANISHED]
    return Listing(
        source,
        len(listed),
        len(fetched),
        tuple(sorted(address for page, address in listed.items() if page not in known)),
        tuple(sorted(gone)) if complete else (),
        dict(answer.get("refused", {})),
        dict(answer.get("missed", {})),
        complete,
        run_price(ingestion.session.env, pages=len(fetched), stated_usd=stated_usd),
    )


def _causes(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{**vars(cause_of_page(code)), "count": count} for code, count in counts.items()]


def _list(ingestion: DeployedIngestion, key: str) -> list[dict[str, str]]:
    def download() -> bytes:
        return bytes(ingestion.s3.get_object(Bucket=ingestion.bucket, Key=key)["Body"].read())

    found: list[dict[str, str]] = json.loads(asked(download, otherwise=failed_to("read the list of pages")))
    return found
