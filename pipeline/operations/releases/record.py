"""One release: who put which image into service, when, from which commit, and how it ended.

A record has no value of a variable or secret; whoever may read the states may read it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from pipeline.aws.record import Record, read_record
from pipeline.operations.releases.strategy import Started

# "creation" is the deployment that creates the service: Terraform begins it, and nothing ran before.
Kind = Literal["release", "rollback", "creation"]
# "begun" is also what a client leaves that was killed; the next command looks at ECS and writes the end.
Result = Literal["begun", "succeeded", "failed", "rolled back", "replaced"]


@dataclass(frozen=True, kw_only=True)
class Release(Record):
    """A release.

    `image` is what it runs, `digest` the same by its digest. `task_definition` is the revision it puts into service,
    `before` the one that ran until then, with its `image_before`: an ARN, and empty for a creation. `deployment` is the
    id of the deployment, `taken_back` that of the one by which a person rolled it back. `goes_to` is the release that a
    rollback goes back to. `suspended` are scaling processes that it suspended; `alarms_ignored` is the reason that was
    given for ignoring rollback alarms.
    """

    kind: Kind
    strategy: str
    image: str = ""
    digest: str = ""
    task_definition: str = ""
    before: str = ""
    image_before: str = ""
    deployment: str = ""
    taken_back: str = ""
    goes_to: str = ""
    result: Result = "begun"
    suspended: tuple[str, ...] = ()
    alarms_ignored: str = ""

    @property
    def started(self) -> Started:
        """The deployment of the release, as a strategy looks at it."""
        begun = datetime.fromisoformat(self.begun)
        return Started(self.deployment, self.task_definition, self.before, self.taken_back, begun)

    @property
    def shown_image(self) -> str:
        """The image without its registry: the digest's beginning, or its tag."""
        return self.digest[:19] or self.image.rpartition("/")[2]

    def stored(self) -> bytes:
        """The record as it is stored."""
        return json.dumps(self.to_json(), indent=1).encode()


def parse_release(text: bytes) -> Release:
    """Parse a stored record. Raises ValueError, in words, for anything that isn't one of this format."""
    return _shaped(read_record(text, Release, "a release"))


def _shaped(data: Mapping[str, Any]) -> Release:
    wrong = ValueError("a field of it has another form than a release's")
    suspended = data["suspended"]
    texts = [value for name, value in data.items() if name not in ("format", "dirty", "suspended")]
    if not isinstance(suspended, list) or not all(isinstance(each, str) for each in (*texts, *suspended)):
        raise wrong
    if not isinstance(data["dirty"], bool):
        raise wrong
    if data["kind"] not in get_args(Kind) or data["result"] not in get_args(Result):
        raise wrong
    try:
        for each in filter(None, (data["begun"], data["ended"])):
            datetime.fromisoformat(each)
    except ValueError:
        raise wrong from None
    return Release(**{**data, "suspended": tuple(suspended)})
