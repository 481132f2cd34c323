"""Codes of failures, each with a sentence and what to do. Nothing else of an error is shown: it may quote a page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ingestion.errors import CODES, is_code

_SITE = "correct it on the site, then `sitechat ingest run --failed`"
_AGAIN = "it passes, as a rule: `sitechat ingest run --failed`"
_LEAVE_OUT = "take the page out of the sitemap or correct the link; it leaves the index"
_NOTHING = "nothing, if the site means it"
_LOG = "the function's log has it: `aws logs tail /PROJECT/ENV/ingestion/FUNCTION`"

# What to do about each code of a page.
ADVICE = MappingProxyType(
    {
        "address_refused": "publish the page on the public web, with https and without another port",
        "host_refused": "add the host to allowed_hosts of the source, if it is yours",
        "redirect_refused": "name the address that the redirect leads to, if it is yours",
        "too_many_redirects": _SITE,
        "unknown_host": "correct the name in the source, or its record in DNS",
        "unreachable": _AGAIN,
        "tls": "renew the site's certificate",
        "protocol": _SITE,
        "too_large": "raise ingestion.max_page_kib, or divide the page",
        "too_slow": "raise ingestion.page_seconds, or lower ingestion.concurrency",
        "list_too_slow": "divide the site into several sources, or name its sitemap",
        "type": _LEAVE_OUT,
        "encoding": _SITE,
        "charset": _SITE,
        "malformed": _SITE,
        "empty": "a page that a browser's script fills has no text of its own; else " + _NOTHING,
        "noindex": _NOTHING,
        "canonical": _NOTHING,
        "robots": "allow the user agent in robots.txt, else " + _NOTHING,
        "robots_unreachable": "look at the site's robots.txt: it answers with an error, or not at all",
        "sitemap": "name a sitemap in XML or text as address of the source",
        "sitemap_entities": "write the sitemap without a document type",
        "sitemap_limit": "divide the site into several sources",
        "limit": "raise ingestion.max_pages",
        "missing": _AGAIN,
        "quarantined": "read the page: somebody may have put instructions for a model into it",
        "guardrail_busy": "lower ingestion.concurrency, or ask for a higher quota of the guardrail",
        "search_busy": "wait until the domain is green, then run again",
        "already_running": "wait for it: `sitechat ingest status`",
        "too_many_failures": "see what failed; ingestion.tolerated_failures_percent is the share that may",
        "internal": _LOG,
    }
)
# Ends of a run by the name of their error, which no page has.
_RUNS: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "AlreadyRunning": "already_running",
        "TooManyFailures": "too_many_failures",
        "NothingToLoad": (
            "no page of the source can be loaded; the index stays as it was",
            "look at the site and at the source's address",
        ),
        "CheckFailed": (
            "the loaded index didn't pass its checks; the alias stays where it was",
            "run again; if it stays so, compare counts with `sitechat ingest status`",
        ),
        "ManifestRefused": (
            "the configuration's embedding model changed during the run",
            "run again, once the deployment is done",
        ),
        "RunOver": ("the run was stopped, and another one has begun", "nothing: the other run does all of it"),
        "NothingBefore": ("no version of the index is kept beside the one that answers", "load anew: run ingestion"),
        "SettingsError": ("a function's settings are missing or wrong", "deploy the layer workflows again"),
        "DomainError": ("the search domain refused a request", _LOG),
        "Busy": ("something stayed busy through all tries", "run again later"),
        "States.Timeout": ("it took longer than ingestion.timeout_minutes", "raise it, and run again with --failed"),
        "ABORTED": ("somebody stopped it", "run again; what was embedded costs nothing"),
        "TIMED_OUT": ("it took longer than ingestion.timeout_minutes", "raise it, and run again with --failed"),
    }
)
_STATUS_ADVICE = MappingProxyType(
    {
        "401": "pages behind a login can't be ingested",
        "403": "let the user agent in (ingestion.user_agent), perhaps at the site's firewall",
        "404": _LEAVE_OUT,
        "410": _LEAVE_OUT,
        "429": "lower ingestion.concurrency",
    }
)


@dataclass(frozen=True)
class Cause:
    """Why something failed: a code or the name of an error, what it means, and what to do."""

    code: str
    means: str
    advice: str


def cause_of_page(code: str) -> Cause:
    """The cause that the ledger's code of a page stands for; one that isn't known counts as `internal`."""
    if not is_code(code):
        code = "internal"
    if code in CODES:
        return Cause(code, CODES[code], ADVICE[code])
    kind, _, rest = code.partition("_")
    if kind == "status":
        advice = _STATUS_ADVICE.get(rest, _AGAIN if rest.startswith("5") else _SITE)
        return Cause(code, f"the site answered {rest}", advice)
    called = {"embedding": "embedding model", "guardrail": "guardrail"}[kind]
    if rest == "busy":
        return Cause(code, f"the {called} had no time", "lower ingestion.concurrency, then `--failed`")
    return Cause(code, f"the {called} answered {rest}", "look at the model's access and quotas: `sitechat doctor`")


def cause_of_run(error: str, cause: str = "") -> Cause:
    """The cause of an execution's or a function's error: its name, and the JSON that Lambda gives with it.

    The message itself is left out unless it is one of our codes.
    """
    message = _message(cause)
    if is_code(message):
        return cause_of_page(message)
    known = _RUNS.get(error)
    if isinstance(known, str):
        return cause_of_page(known)
    if known is not None:
        return Cause(error, *known)
    name = error if error.replace(".", "").replace("_", "").isalnum() else "internal"
    return Cause(name, CODES["internal"], _LOG)


def _message(cause: str) -> str:
    try:
        message = json.loads(cause)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        return ""
    return message if isinstance(message, str) else ""
