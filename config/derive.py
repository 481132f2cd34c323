"""A new environment from the file of another one: its choices, without what there is only once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from config.describe import ValueKind
from config.environment import PLACEHOLDER_ACCOUNT, Environment
from config.rules.base import share_account
from config.toml_text import toml_text

_OWN_SITE = "a site has a name of its own; without one it answers under CloudFront's"
_OWN_CI = "its roles trust one repository's environments; write it anew (docs/ci.md)"
_OWN_IMAGES = "its repository is its own and still empty: `sitechat image push` names the first image"
_OWN_VPC = "an existing VPC belongs to its account"
_ONCE = 'exists once per account or region: write "own" where nobody has it, "adopt" where another environment does'
_ADOPTED = "exists once per account or region, and {source} has it"

# Dotted keys, or whole sections, that are never copied, and why.
NEVER = {
    "dns": _OWN_SITE,
    "deployment": "every strategy but rolling needs dns.domain, which is left out",
    "edge.hsts_preload": _OWN_SITE,
    "ci": _OWN_CI,
    "image.repository": _OWN_IMAGES,
    "image.tag": _OWN_IMAGES,
    "image.digest": _OWN_IMAGES,
    "network.vpc_id": _OWN_VPC,
    "network.private_subnet_ids": _OWN_VPC,
    "network.public_subnet_ids": _OWN_VPC,
    "security.own_key": _ONCE,
    "security.cis_alarms": _ONCE,
    "security.recorder_role": _ONCE,
}
# Keys that say who owns what exists once; another environment of the same account adopts it.
OWNED = (
    "security.trail",
    "security.analyzer",
    "security.detector",
    "security.hub",
    "security.recorder",
    "security.inspector",
    "security.image_scanning",
    "security.account_settings",
    "bedrock.invocation_logging",
    "monitoring.transaction_search",
)


# Settings with a value that is refused without what is owned or adopted.
RESTS_ON: Mapping[str, Mapping[str, str]] = {"monitoring.transaction_search": {"monitoring.tracing": "otlp"}}


@dataclass(frozen=True)
class Derived:
    """Settings of a new environment. `changed` tells what is not as in the source, by key: its reason."""

    values: Mapping[str, Any]
    changed: Mapping[str, str]

    def text(self, heading: str) -> str:
        """The file, with `heading` as a comment above it."""
        told = [f"# {line}".rstrip() for line in heading.splitlines()]
        return "\n".join([*told, toml_text(self.values)])


def derive(given: Mapping[str, Any], source: Environment, *, name: str, account_id: str | None = None) -> Derived:
    """Settings for environment `name`, from what the file of `source` says (`given`) and the defaults don't.

    Without `account_id` it gets the placeholder that is never deployed; an emulated one gets the emulators' account.
    """
    values: dict[str, Any] = deepcopy(dict(given))
    account = account_id or (source.account_id if source.emulated else PLACEHOLDER_ACCOUNT)
    new = source.model_copy(update={"name": name, "account_id": account})
    changed = dict(_cut_single(values))
    changed |= dict(_share(values, adopt=share_account(source, new), source=source.name))
    if source.search.domain == "existing":
        values["search"]["index"] = name
        changed["search.index"] = f"the domain is shared with {source.name}, the index is not"
    _cut_defaults(values)
    values.pop("account_id", None)
    return Derived({"account_id": account, **values}, changed)


def _cut_single(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Take out what is never copied."""
    for key, why in NEVER.items():
        if _take(values, key) is not None:
            yield key, f"left out: {why}"


def _share(values: dict[str, Any], *, adopt: bool, source: str) -> Iterator[tuple[str, str]]:
    """Adopt what the source has or adopts in the same account; leave it out where nobody knows who has it."""
    for key in OWNED:
        if _take(values, key) in ("own", "adopt"):
            if adopt:
                section, _, field = key.partition(".")
                values.setdefault(section, {})[field] = "adopt"
                yield key, f'"adopt": {_ADOPTED.format(source=source)}'
            else:
                yield key, f"left out: {_ONCE}"
                yield from _cut_what_rests_on(key, values)


def _cut_what_rests_on(owned: str, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Take out what is refused without something owned or adopted."""
    for key, value in RESTS_ON.get(owned, {}).items():
        section, _, field = key.partition(".")
        if values.get(section, {}).get(field) == value:
            _take(values, key)
            yield key, f"left out: it takes {owned}"


def _take(values: dict[str, Any], key: str) -> Any:
    """Take a section, or one key of a section, out of the values; None where it isn't there."""
    section, _, field = key.partition(".")
    if not field:
        return values.pop(section, None)
    taken = values.get(section, {}).pop(field, None)
    if values.get(section) == {}:
        del values[section]
    return taken


def _cut_defaults(values: dict[str, Any]) -> None:
    """Take out what says the default again."""
    for name, value in list(values.items()):
        field = Environment.model_fields[name]
        kind = ValueKind.of_field(field)
        if not kind.is_model:
            if value == field.get_default(call_default_factory=True):
                del values[name]
            continue
        fields = kind.type.model_fields
        values[name] = {
            key: each
            for key, each in value.items()
            if _plain(each) != _plain(fields[key].get_default(call_default_factory=True))
        }
        if not values[name]:
            del values[name]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
