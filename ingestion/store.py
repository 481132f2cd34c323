"""The bucket between the functions: its keys, and what the objects hold. All of it is JSON in UTF-8."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ingestion.errors import PageFailed

_PARTS = {
    "source": re.compile(r"[a-z][a-z0-9-]{0,31}"),
    # Names of executions: 1 to 80 characters (Step Functions, StartExecution).
    "run": re.compile(r"[A-Za-z0-9_-]{1,80}"),
    "page": re.compile(r"[0-9a-f]{32}"),
    "content": re.compile(r"[0-9a-f]{64}"),
    "model_tag": re.compile(r"[0-9a-z]{1,32}"),
}


def list_key(source: str, run: str) -> str:
    """All pages of a source: `write_list`."""
    return f"fetched/{_part('source', source)}/{_part('run', run)}/list.json"


def fetched_key(source: str, run: str, page: str) -> str:
    """One page as it was fetched: `FetchedPage`."""
    return f"fetched/{_part('source', source)}/{_part('run', run)}/{_part('page', page)}.json"


def passages_key(content: str, model_tag: str) -> str:
    """Passages with their vectors, by the hash of title and text and by the model: `PagePassages`."""
    return f"passages/{_part('content', content)}-{_part('model_tag', model_tag)}.json"


def todo_key(source: str, run: str) -> str:
    """Pages that the run fetches, a list as that of `write_list`."""
    return f"runs/{_part('source', source)}/{_part('run', run)}/todo.json"


def manifest_key(source: str, run: str) -> str:
    """What the index is to hold after the run."""
    return f"runs/{_part('source', source)}/{_part('run', run)}/manifest.json"


def current_key(source: str) -> str:
    """The run that a source belongs to, `{"run"}`: calls of a run that was stopped see there that it is over."""
    return f"runs/{_part('source', source)}/current.json"


def _part(name: str, value: str) -> str:
    """Keys are made of events: a part that were a path would lead out of the prefix that a role may write."""
    if not _PARTS[name].fullmatch(value):
        raise ValueError(f"{name} is {value[:80]!r} (expected {_PARTS[name].pattern})")
    return value


@dataclass(frozen=True)
class ListedPage:
    """A page of a source.

    Args:
        page: Its id, `ingestion.web.addresses.page_id`.
    """

    page: str
    address: str


@dataclass(frozen=True)
class FetchedPage:
    """A page as the web gave it, not yet looked at by anything that trusts it.

    Args:
        address: The page's own.
        final: Where it was after redirects.
        type: Media type with the charset of the header, such as `text/html; charset=utf-8`.
        robots: Values of its X-Robots-Tag header.
    """

    address: str
    final: str
    type: str
    body: bytes
    robots: str = ""

    @property
    def media_type(self) -> str:
        return self.type.partition(";")[0].strip()

    @property
    def charset(self) -> str:
        return self.type.partition("charset=")[2].strip()

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "body": base64.b64encode(self.body).decode()}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> FetchedPage:
        return FetchedPage(**{**value, "body": base64.b64decode(value["body"])})


@dataclass(frozen=True)
class Passage:
    text: str
    vector: tuple[float, ...]


@dataclass(frozen=True)
class PagePassages:
    """A page's passages, from which an index is loaded without asking the model again.

    Args:
        url: What a visitor is sent to.
    """

    address: str
    title: str
    url: str
    passages: tuple[Passage, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> PagePassages:
        passages = tuple(Passage(each["text"], tuple(each["vector"])) for each in value["passages"])
        return PagePassages(value["address"], value["title"], value["url"], passages)


class Store:
    """The bucket, through a client of S3."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, value: object) -> None:
        """Write an object, in the same bytes for the same value."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")

    def get(self, key: str) -> Any:
        """Read an object. Raises PageFailed `missing`."""
        try:
            with self._client.get_object(Bucket=self._bucket, Key=key)["Body"] as body:
                return json.load(body)
        except self._client.exceptions.NoSuchKey:
            raise PageFailed("missing") from None

    def has(self, key: str) -> bool:
        """Whether an object is there. Needs ListBucket: without it S3 answers 403 for what isn't there."""
        answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
        return any(each["Key"] == key for each in answer.get("Contents", ()))

    def put_list(self, key: str, pages: Iterable[ListedPage]) -> None:
        self.put(key, [asdict(page) for page in pages])

    def get_list(self, key: str) -> Sequence[ListedPage]:
        return [ListedPage(each["page"], each["address"]) for each in self.get(key)]

    def put_page(self, key: str, page: FetchedPage) -> None:
        self.put(key, page.to_json())

    def get_page(self, key: str) -> FetchedPage:
        return FetchedPage.from_json(self.get(key))
