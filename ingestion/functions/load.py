"""The loading function, inside the VPC: opens a version of the index, loads and checks it, and moves the alias."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from ingestion.errors import Busy
from ingestion.index.checking import check_version
from ingestion.index.loading import load_step
from ingestion.index.manifest import Manifest, manifest_of
from ingestion.index.switching import kept_version, rollback, switch
from ingestion.index.versions import open_version, read_versions
from ingestion.options import LoadOptions, load_options
from ingestion.store import Store, current_key
from passages.domain import Domain, DomainError, role_credentials
from passages.layout import marks, model_tag

# Time that a step takes at the most, with what a domain that is busy is waited for.
_STEP_MILLIS = 180_000


class Time(Protocol):
    """The function's context."""

    def get_remaining_time_in_millis(self) -> int: ...


class RunOver(Exception):  # noqa: N818 - the state machine names it
    """The source belongs to another run by now: this one was stopped, and writes nothing more."""


class ManifestRefused(Exception):  # noqa: N818 - the state machine names it
    """The manifest is of another model than this index."""


def handle(event: Mapping[str, Any], context: Time) -> dict[str, Any]:
    """Entry point of the function; `do` of the event names one of the methods of `Loading`."""
    options = load_options(os.environ)
    # Anew each time: the retries of a domain's client are counted over the invocation.
    domain = Domain(
        options.endpoint,
        region=os.environ["AWS_REGION"],
        credentials=role_credentials(os.environ),
        timeout_seconds=60,
    )
    return Loading(options, domain, _store(options.bucket)).answer(event, context)


@cache
def _store(bucket: str) -> Store:
    config = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 4},
        # The gateway endpoint is the region's; the SDK's name for us-east-1 would be that of all regions.
        s3={"us_east_1_regional_endpoint": "regional"},
    )
    return Store(boto3.client("s3", config=config), bucket)


class Loading:
    """What the function does, with its settings, the domain and the bucket."""

    def __init__(self, options: LoadOptions, domain: Domain, store: Store) -> None:
        self._options, self._domain, self._store = options, domain, store

    def answer(self, event: Mapping[str, Any], context: Time) -> dict[str, Any]:
        """Do what `do` says. Raises Busy for a domain that is, DomainError, RunOver, and what the methods raise."""
        try:
            match event["do"]:
                case "open":
                    return self.open(event)
                case "load":
                    return self.load(event, context)
                case "check":
                    return self.check(event)
                case "switch":
                    return self.switch(event)
                case "rollback":
                    return self.rollback()
                case "versions":
                    return self.versions()
        except DomainError as error:
            if error.passing:
                raise Busy("search_busy") from error
            raise
        raise ValueError(f"do is {event['do']!r} (expected open, load, check, switch, rollback or versions)")

    def open(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{manifest}` -> `{index, new}`: the version to load. Raises ManifestRefused."""
        domain = self._domain_of(self._manifest(event))
        version = open_version(domain, self._options.index, marks(self._options.model_id))
        return {"index": version.name, "new": not version.asked}

    def load(self, event: Mapping[str, Any], context: Time) -> dict[str, Any]:
        """`{manifest, index, offset}` -> `{offset, done}`: load pages as long as there is time for more."""
        manifest, index, offset = self._manifest(event), event["index"], int(event.get("offset", 0))
        asked, domain = self._asked(index), self._domain_of(manifest)
        while True:
            offset = load_step(domain, index, manifest, offset, self._store.get, asked=asked)
            done = offset >= len(manifest.pages)
            if done or context.get_remaining_time_in_millis() < _STEP_MILLIS:
                return {"offset": offset, "done": done}

    def check(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{manifest, index}` -> `{documents, probe}`. Raises CheckFailed."""
        manifest, index = self._manifest(event), event["index"]
        documents = check_version(self._domain_of(manifest), index, manifest, self._store.get, asked=self._asked(index))
        return {"documents": documents, "probe": True}

    def switch(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """`{manifest, index}` -> `{alias, index, before, moved, waiting}`.

        The alias stays while other sources have passages of the model before alone.
        """
        manifest, index, alias = self._manifest(event), event["index"], self._options.index
        if manifest.waiting and not self._asked(index):
            return {"alias": alias, "index": index, "before": "", "moved": False, "waiting": list(manifest.waiting)}
        done = switch(self._domain_of(manifest), alias, index)
        return {"alias": alias, "index": done.index, "before": done.before, "moved": done.moved, "waiting": []}

    def rollback(self) -> dict[str, Any]:
        """`{}` -> `{alias, index, before, moved}`. Raises NothingBefore."""
        done = rollback(self._domain, self._options.index)
        return {"alias": self._options.index, "index": done.index, "before": done.before, "moved": done.moved}

    def versions(self) -> dict[str, Any]:
        """`{}` -> `{alias, index, before}`: the version asked and the one a rollback leads to, empty where none is."""
        versions = read_versions(self._domain, self._options.index)
        current, kept = versions.current, kept_version(versions)
        return {
            "alias": self._options.index,
            "index": current.name if current else "",
            "before": kept.name if kept else "",
        }

    def _asked(self, index: str) -> bool:
        """Whether the alias leads to a version."""
        current = read_versions(self._domain, self._options.index).current
        return current is not None and current.name == index

    def _domain_of(self, manifest: Manifest) -> Domain:
        """The domain, as long as the manifest's run holds its source; each request but GET raises RunOver after that.

        A call goes on for as long as 15 minutes after its run was stopped, and the next run may have begun.
        """

        def check() -> None:
            holder = self._store.get(current_key(manifest.source))["run"]
            if holder != manifest.run:
                raise RunOver(f"{manifest.source} belongs to the run {holder} by now, not to {manifest.run}")

        return self._domain.asking_first(check)

    def _manifest(self, event: Mapping[str, Any]) -> Manifest:
        """The manifest without pages of hosts that no source has: the ledger may remember some of earlier settings."""
        manifest = manifest_of(self._store.get(event["manifest"]))
        if manifest.tag != model_tag(self._options.model_id):
            raise ManifestRefused("the manifest is of another model: the configuration changed during the run")
        pages = tuple(each for each in manifest.pages if urlsplit(each.address).hostname in self._options.hosts)
        return replace(manifest, pages=pages)
