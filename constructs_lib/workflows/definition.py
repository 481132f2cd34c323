"""The state machine of a run: list, plan, every page, load, check, switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs_lib.workflows.states import ANSWER, INPUT, Every, Invocation, State, caught, choice, failing, query

EVERYTHING = ("States.ALL",)
# An inline map keeps at most 40 in work at a time, and their results in one history ("Inline mode", its guide).
INLINE_CONCURRENCY = 40


@dataclass(frozen=True)
class Functions:
    """ARNs of the functions."""

    fetch: str
    embed: str
    ledger: str
    load: str


@dataclass(frozen=True)
class RunLimits:
    """Limits of a run: pages in work at a time, share of pages that may fail, and time."""

    concurrency: int = 5
    tolerated_failures_percent: int = 10
    timeout_minutes: int = 360


@dataclass(frozen=True)
class IngestionRun:
    """The definition of a run, whose input is `{"source": name, "mode": "all" or "failed"}`.

    States pass keys and counts, never pages: an execution's data has 256 KiB (Step Functions quotas), and it is logged.
    Each page ends as 0 or 1, so that a map's answer stays small; the ledger counts what failed. What fails outside the
    pages is told to the ledger, which gives the source free; a run that is stopped from outside leaves that to
    the next.
    """

    functions: Functions
    limits: RunLimits
    bucket: str
    partition: str = "aws"

    def definition(self) -> dict[str, Any]:
        """The definition as Amazon States Language."""
        return {
            "Comment": "Pages of one source into the search index",
            "QueryLanguage": "JSONata",
            "TimeoutSeconds": self.limits.timeout_minutes * 60,
            "StartAt": "Begin",
            "States": {**self._pages(), **self._index(), **self._ends()},
        }

    @property
    def _abandon(self) -> tuple[State, ...]:
        return (caught(EVERYTHING, "Abandon", Assign={"error": query("$states.errorOutput")}),)

    def _ledger(self, do: str, then: str | None, *, told: Mapping[str, Any] | None = None, **options: Any) -> State:
        payload = {"do": do, "source": query("$source"), "run": query("$run"), **(told or {})}
        return Invocation(self.partition, catch=self._abandon).state(
            self.functions.ledger, payload, then=then, **options
        )

    def _load(self, do: str, then: str, told: Mapping[str, Any], **assign: str) -> State:
        return Invocation(self.partition, catch=self._abandon).state(
            self.functions.load,
            {"do": do, "source": query("$source"), "run": query("$run"), **told},
            then=then,
            assign={name: query(value) for name, value in assign.items()},
        )

    def _pages(self) -> dict[str, State]:
        return {
            "Begin": self._begin(),
            "List": Invocation(self.partition, catch=self._abandon).state(
                self.functions.fetch,
                {"do": "list", "source": query("$source"), "run": query("$run")},
                then="Plan",
                assign={"listing": query(ANSWER)},
            ),
            "Plan": self._ledger(
                "plan",
                "HowManyPages",
                told={"mode": query("$mode"), "complete": query("$listing.complete")},
                assign={"todo": query(ANSWER)},
            ),
            "HowManyPages": choice(
                ("$todo.count = 0", "Manifest"),
                ("$count($todo.items) > 0", "Pages"),
                otherwise="ManyPages",
            ),
            "Pages": self._every(items="$todo.items"),
            "ManyPages": self._every(items=""),
        }

    def _begin(self) -> State:
        told = {"do": "begin", "source": query(f"{INPUT}.source"), "execution": query("$states.context.Execution.Id")}
        return Invocation(self.partition).state(
            self.functions.ledger,
            told,
            then="List",
            assign={
                "source": query(f"{INPUT}.source"),
                "mode": query(f"$exists({INPUT}.mode) ? {INPUT}.mode : 'all'"),
                "run": query(f"{ANSWER}.run"),
            },
            # The source belongs to another run, or to none: nothing is to be given free.
            catch=(caught(EVERYTHING, "Failed", Assign={"error": query("$states.errorOutput")}),),
        )

    def _every(self, *, items: str) -> State:
        """Map over the pages: those handed over as `items`, or without any those that lie in the bucket."""
        reader = {
            "Resource": f"arn:{self.partition}:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Arguments": {"Bucket": self.bucket, "Key": query("$todo.key")},
        }
        page = "$states.context.Map.Item.Value"
        every = Every(
            processor=self._page(),
            start="Fetch",
            selector={
                "source": query("$source"),
                "run": query("$run"),
                "page": query(f"{page}.page"),
                "address": query(f"{page}.address"),
            },
            concurrency=min(self.limits.concurrency, INLINE_CONCURRENCY) if items else self.limits.concurrency,
            items=items,
            reader={} if items else reader,
            tolerated_failures_percent=self.limits.tolerated_failures_percent,
        )
        return every.state(then="Manifest", catch=self._abandon)

    def _page(self) -> dict[str, State]:
        """What is done with one page. The page that fails ends as 1 and stops no other."""
        call = Invocation(self.partition)
        together = query(f"$merge([{INPUT}, {ANSWER}])")
        failed = query(f"$merge([{INPUT}, {{'error': $states.errorOutput}}])")
        catch = (caught(EVERYTHING, "KeepFailure", Output=failed),)

        def told(*names: str) -> dict[str, str]:
            return {name: query(f"{INPUT}.{name}") for name in names}

        page = told("source", "run", "page", "address")
        keep, result = {"do": "keep", **page}, told("hash", "passages")
        return {
            "Fetch": call.state(
                self.functions.fetch, {"do": "page", **page}, then="Embed", output=together, catch=catch
            ),
            "Embed": call.state(
                self.functions.embed, {**page, **told("key")}, then="Keep", output=together, catch=catch
            ),
            "Keep": call.state(self.functions.ledger, {**keep, "result": result}, then=None, output=0),
            "KeepFailure": call.state(self.functions.ledger, {**keep, **told("error")}, then=None, output=1),
        }

    def _index(self) -> dict[str, State]:
        manifest, index = {"manifest": query("$manifest.key")}, {"index": query("$opened.index")}
        return {
            "Manifest": self._ledger("manifest", "AnythingToLoad", assign={"manifest": query(ANSWER)}),
            # A source that suddenly has no page is a fault of the source more often than a site that is gone.
            "AnythingToLoad": choice(("$manifest.pages > 0", "Open"), otherwise="NothingToLoad"),
            "NothingToLoad": failing("NothingToLoad", "no page of the source is in a state to be loaded", "Abandon"),
            "Open": self._load("open", "Load", manifest, opened=ANSWER, offset="0"),
            "Load": self._load(
                "load",
                "Loaded",
                {**manifest, **index, "offset": query("$offset")},
                offset=f"{ANSWER}.offset",
                done=f"{ANSWER}.done",
            ),
            "Loaded": choice(("$done", "Check"), otherwise="Load"),
            "Check": self._load("check", "Checked", {**manifest, **index}, checked=ANSWER),
            "Checked": choice(("$checked.probe", "Switch"), otherwise="CheckFailed"),
            "CheckFailed": failing("CheckFailed", "a passage's own vector doesn't find its page", "Abandon"),
            "Switch": self._load("switch", "Finish", {**manifest, **index}, switched=ANSWER),
            "Finish": self._finish(),
        }

    def _finish(self) -> State:
        indexed = {"documents": query("$checked.documents"), "index": query("$opened.index")}
        counts = {
            "listed": query("$listing.pages"),
            "fetched": query("$todo.count"),
            "failed": query("$manifest.failed"),
            "pages": query("$manifest.pages"),
            **indexed,
            "moved": query("$switched.moved"),
            "waiting": query("$switched.waiting"),
            **{name: query(f"{ANSWER}.{name}") for name in ("vanished", "unseen", "removed")},
        }
        return self._ledger("finish", None, told=indexed, output=counts)

    def _ends(self) -> dict[str, State]:
        failed = caught(EVERYTHING, "Failed")
        return {
            "Abandon": Invocation(self.partition, catch=(failed,)).state(
                self.functions.ledger,
                {
                    "do": "abandon",
                    "source": query("$source"),
                    "run": query("$run"),
                    "error": query("$error"),
                },
                then="Failed",
            ),
            # A cause isn't promised (States Language, "Error representation"), and what is undefined is another error.
            "Failed": {
                "Type": "Fail",
                "Error": query("$error.Error"),
                "Cause": query("$exists($error.Cause) ? $error.Cause : ''"),
            },
        }
