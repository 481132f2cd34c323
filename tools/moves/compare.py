"""Resources that differ between two configurations of an environment, and values that a plan could not show then."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from policies.needs.arns import Arns
from policies.proof.configuration import Configuration, Layers
from terraform_json.blocks import strings
from terraform_json.references import RESOURCE, TRAVERSAL

# Arguments that Terraform acts by and no plan shows.
_OF_TERRAFORM = ("depends_on", "lifecycle")


@dataclass(frozen=True)
class Moves:
    """Resources by "layer/type.name".

    Attributes:
        changed: those whose arguments or default tags differ, references to names and ARNs worked out.
        made, gone: those that only the later or only the earlier configuration has.
        unread: data sources that Terraform reads only while it applies, each with the moved resources it refers to.
        hidden: resources that read such a data source: a plan shows them as "known after apply".
        following: resources that refer to what AWS makes up of a changed one: they move too if that one is replaced.
    """

    changed: frozenset[str]
    made: frozenset[str]
    gone: frozenset[str]
    unread: Mapping[str, frozenset[str]]
    hidden: frozenset[str]
    following: frozenset[str]

    @property
    def types(self) -> frozenset[str]:
        """Types of the resources whose arguments differ, and of those that come or go."""
        return frozenset(map(type_of, self.changed | self.made | self.gone))


def type_of(address: str) -> str:
    """Type of the resource or data source at "layer/type.name"."""
    return address.partition("/")[2].removeprefix("data.").partition(".")[0]


def compare(before: Layers, after: Layers) -> Moves:
    """Compare two configurations of one environment. Raises ValueError where a layer refers to none that there is."""
    old, new = _Values(before), _Values(after)
    kept = old.addresses & new.addresses
    changed = frozenset(address for address in kept if old.value(address) != new.value(address))
    made = new.addresses - old.addresses
    unread, hidden = _put_off(new, changed | made)
    following = {address for address in kept - changed for target in new.made_up(address) if target in changed}
    return Moves(changed, made, old.addresses - new.addresses, unread, hidden - made, frozenset(following))


def _put_off(values: _Values, moved: frozenset[str]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Data sources that are read at apply, and the resources that read them.

    Terraform puts a data source off when it refers directly to a resource with planned changes ("Data Resource
    Dependencies", its documentation); whoever reads it has a planned change then, too.
    """
    moving, unread = set(moved), dict[str, frozenset[str]]()
    while True:
        found = {address: targets for address in values.data_sources if (targets := values.referred(address) & moving)}
        readers = {address for address in values.addresses if values.referred(address) & found.keys()}
        if found == unread and readers <= moving:
            return found, frozenset(readers)
        unread = found
        moving |= readers


class _Values:
    """Bodies of a configuration with references worked out, and what refers to what within a layer."""

    def __init__(self, layers: Layers) -> None:
        self._configuration = Configuration(layers)
        self._arns = Arns(self._configuration)
        self._known: dict[str, str] = {}

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(address for _, address, _ in self._configuration.everything())

    @cached_property
    def data_sources(self) -> frozenset[str]:
        return frozenset(address for address, _ in self._configuration.blocks()) - self.addresses

    def value(self, address: str) -> str:
        """Body as text: names and ARNs worked out, and policy documents and other data sources by what they say."""
        if address not in self._known:
            self._known[address] = ""  # for circles
            body = {key: item for key, item in self._configuration.get(address).items() if key not in _OF_TERRAFORM}
            told = [body, *([] if "/data." in address else [self._configuration.default_tags(address)])]
            text = self._arns.concrete(json.dumps(told, sort_keys=True))
            read = [self.value(each) for each in sorted(self._mentioned(text)) if each in self.data_sources]
            self._known[address] = "\n".join([text, *read])
        return self._known[address]

    def referred(self, address: str) -> frozenset[str]:
        """Addresses of the same layer that a body names directly."""
        layer = address.partition("/")[0]
        return frozenset(
            each for each in self._configuration.direct(address) if each.partition("/")[0] == layer and each != address
        )

    def made_up(self, address: str) -> Iterator[str]:
        """Resources, of whatever layer, of which a body reads an attribute that is no argument: AWS makes it up."""
        for text in strings(self._configuration.get(address)):
            for found in TRAVERSAL.finditer(text) if "${" in text else ():
                attribute = found["path"].removeprefix(".").partition(".")[0].partition("[")[0]
                for target in self._configuration.mentioned(f"${{{found.group()}}}"):
                    if target in self.data_sources:
                        yield from self.made_up(target)
                    elif attribute not in self._configuration.get(target):
                        yield target

    def _mentioned(self, text: str) -> set[str]:
        return set(self._configuration.mentioned(text)) if RESOURCE.search(text) else set()
