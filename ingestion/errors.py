"""What can go wrong with a page, as codes: the ledger keeps them, and a state machine decides by the class's name."""

from __future__ import annotations

import re
from types import MappingProxyType

# Codes with what they mean. On top come `status_NNN`, the status of an answer, and `embedding_NAME` and
# `guardrail_NAME`: the name that AWS gives an error of the model or the guardrail, or `busy`.
CODES = MappingProxyType(
    {
        "address_refused": "the address isn't one of the public web: scheme, port, user name, or where its name leads",
        "host_refused": "the host isn't one of the source's hosts",
        "redirect_refused": "a redirect leads to an address that is refused, or from https to http",
        "too_many_redirects": "more redirects than are followed",
        "unknown_host": "no such name in DNS",
        "unreachable": "the connection failed, or ended before the answer did",
        "tls": "the certificate isn't valid for this host",
        "protocol": "the answer isn't HTTP",
        "too_large": "more bytes than a page may have, counted as decompressed, or more elements or passages",
        "too_slow": "more time than a page may take",
        "list_too_slow": "more time than the list of a source's pages may take",
        "type": "neither HTML nor plain text nor Markdown",
        "encoding": "compressed in a way that wasn't asked for, or damaged",
        "charset": "characters in an encoding that isn't known",
        "malformed": "markup that can't be read",
        "empty": "no text is left once navigation and the like are taken out",
        "noindex": "the page asks not to be indexed",
        "canonical": "the page names another page as the one to be indexed",
        "robots": "robots.txt forbids it",
        "robots_unreachable": "robots.txt can't be read, which forbids everything until it can",
        "sitemap": "not a sitemap",
        "sitemap_entities": "a sitemap with a document type or entities",
        "sitemap_limit": "sitemaps nested deeper, or more of them, than are read",
        "limit": "a page beyond the number that a source may have",
        "missing": "no such file in the bucket",
        "quarantined": "the guardrail found a prompt attack in a passage",
        "guardrail_busy": "the guardrail had no time for a passage",
        "search_busy": "the search domain is starting, busy, or out of reach",
        "already_running": "another run of the source is under way",
        "too_many_failures": "more pages failed than are tolerated",
        "internal": "an error that has no code: the function's log has it",
    }
)


_OPEN = re.compile(r"status_[0-9]{3}|(embedding|guardrail)_[A-Za-z]{1,60}")


def is_code(code: str) -> bool:
    """Whether `code` is one of those this package gives."""
    return code in CODES or _OPEN.fullmatch(code) is not None


class IngestionError(Exception):
    """An error that is told by its code alone: neither addresses nor texts of pages get into histories and logs."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PageFailed(IngestionError):  # noqa: N818 - the state machine names it
    """This page fails, now and if it were tried again at once."""


class Busy(IngestionError):  # noqa: N818 - the state machine names it
    """The other side is busy or away; the state machine tries again, ever later (`Retry` by this class's name)."""


class SettingsError(Exception):
    """The function's environment is wrong; the message says what, where, and what is accepted."""
