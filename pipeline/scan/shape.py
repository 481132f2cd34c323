"""Shape of a layer: the sections and blocks a synthesis writes, each in its one form.

Terraform reads many forms of the same thing, scanners read some of them. Whatever has another form is refused here, so
that all later readers see what Terraform sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_NAMES = r"[A-Za-z][\w-]*"
_NAME = re.compile(_NAMES, re.ASCII)
_TYPE = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]+", re.ASCII)
_ADDRESS = re.compile(rf"({_TYPE.pattern})\.{_NAMES}", re.ASCII)
REFUSED_SECTIONS = {
    "module": "a module's resources can't be scanned; build them with constructs",
    "variable": "a value from a variable is unknown to the scanner; put it in the environment file",
    "locals": "a value from locals is unknown to the scanner; write the value itself",
}
REFUSED_ARGUMENTS = {
    "count": "a resource with count is scanned once or not at all; build the resources in Python",
    "for_each": "a resource with for_each may exist any number of times, or not at all; build the resources in Python",
    "dynamic": "checks that depend on a dynamic block are not evaluated; build the list in Python",
    "provisioner": "it would run code on the machine that applies; do it with a resource",
    "connection": "it is for provisioners, which would run code; take it out",
}
REFUSED_TERRAFORM = {
    "required_version": "checkov reads nothing of a file that holds it, and exits 0; the pipeline pins Terraform",
    "experiments": "checkov reads nothing of a file that holds it, and exits 0",
}
_LIFECYCLE = {
    "create_before_destroy": bool,
    "ignore_changes": list,
    "prevent_destroy": bool,
    "replace_triggered_by": list,
}
_UNKNOWN = "nobody vouches for what a synthesis doesn't write; take it out"


def shape_problems(config: dict[str, Any]) -> list[str]:
    """What has another form than a synthesis gives it, one line each: the place, what is wrong, what to do."""
    found: list[str] = []
    for key, section in config.items():
        if key in REFUSED_SECTIONS:
            found.append(f"top-level key {key!r}: {REFUSED_SECTIONS[key]}")
        elif key not in _SECTIONS:
            found.append(f"unknown top-level key {key!r}: {_UNKNOWN}")
        else:
            found += _SECTIONS[key](section)
    if not found:
        found += _refactoring_problems(config)
    return found


def _notes(section: Any) -> Iterator[str]:
    if not isinstance(section, dict):
        yield f"'//' must be an object of notes, got {_kind(section)}"
    else:
        yield from _unknown("//", section, ("metadata", "needs", "outputs"))
        for key, each in section.items():
            if not isinstance(each, dict):
                yield f"'//'.{key} must be an object, got {_kind(each)}; synthesise again"


def _terraform(block: Any) -> Iterator[str]:
    if not isinstance(block, dict):
        yield f"terraform must be one object, got {_kind(block)}; synthesise again"
        return
    for key in block:
        if key in REFUSED_TERRAFORM:
            yield f"terraform.{key}: {REFUSED_TERRAFORM[key]}"
        elif key not in ("backend", "required_providers"):
            yield f"unknown key terraform.{key}: {_UNKNOWN}"


def _providers(section: Any) -> Iterator[str]:
    if not isinstance(section, dict):
        yield f"provider must be an object of lists, got {_kind(section)}"
        return
    for kind, blocks in section.items():
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            yield f"provider.{kind} must be a list of objects; synthesise again"
            continue
        for number, block in enumerate(blocks):
            yield from _refused(f"provider.{kind}[{number}]", block, top=True)


def _outputs(section: Any) -> Iterator[str]:
    if not isinstance(section, dict):
        yield f"output must be an object of outputs, got {_kind(section)}"
        return
    for name, block in section.items():
        if not isinstance(block, dict) or "value" not in block:
            yield f"output.{name} must be an object with a value; synthesise again"
            continue
        # cdktf's own names of outputs may begin with a digit of a hash or hold dots of none: only plain ones are taken.
        if _NAME.fullmatch(name) is None:
            yield f"output {name!r} has a name that Terraform may read otherwise; use letters, digits, - and _"
        yield from _unknown(f"output.{name}", block, ("value", "sensitive", "description"))
        if not isinstance(block.get("sensitive", False), bool):
            yield f"output.{name}: sensitive must be true or false"


def _blocks(section: str) -> Callable[[Any], Iterator[str]]:
    def problems(types: Any) -> Iterator[str]:
        if not isinstance(types, dict):
            yield f"{section!r} must be an object of types, got {_kind(types)}"
            return
        for kind, named in types.items():
            if _TYPE.fullmatch(kind) is None:
                yield f"{section}.{kind!r} is no name of a type; {_UNKNOWN}"
            elif not isinstance(named, dict):
                yield f"{section}.{kind} must be an object of names, got {_kind(named)}"
            else:
                for name, body in named.items():
                    yield from _block(f"{'data.' if section == 'data' else ''}{kind}", name, body)

    return problems


def _block(kind: str, name: str, body: Any) -> Iterator[str]:
    if _NAME.fullmatch(name) is None:
        yield f"{kind}.{name!r}: a name has letters, digits, - and _ alone, and begins with a letter; rename it"
        return
    address = f"{kind}.{name}"
    if not isinstance(body, dict):
        yield f"{address} must be an object, got {_kind(body)}"
        return
    yield from _refused(address, body, top=True)
    if not isinstance(body.get("//", {}), dict):
        yield f"{address}: '//' must be an object of notes"
    after = body.get("depends_on", [])
    if not isinstance(after, list) or not all(isinstance(each, str) for each in after):
        yield f"{address}: depends_on must be a list of addresses"
    if not isinstance(body.get("provider", ""), str):
        yield f'{address}: provider must be a name such as "aws.global"'
    yield from _lifecycle(address, body.get("lifecycle", {}))


def _lifecycle(address: str, block: Any) -> Iterator[str]:
    if not isinstance(block, dict):
        yield f"{address}: lifecycle must be an object, got {_kind(block)}"
        return
    yield from _unknown(f"{address}: lifecycle", block, tuple(_LIFECYCLE))
    for key, kind in _LIFECYCLE.items():
        if key in block and not isinstance(block[key], kind):
            yield f"{address}: lifecycle.{key} must be a literal {kind.__name__}, got {_kind(block[key])}"
        elif kind is list and not all(isinstance(each, str) for each in block.get(key, ())):
            yield f"{address}: lifecycle.{key} must be a list of names"


def _refused(place: str, value: Any, *, top: bool) -> Iterator[str]:
    """Meta-arguments below a block. `count` and `for_each` are such at its top alone, `count {}` is a WAF action."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key in REFUSED_ARGUMENTS and (top or key in ("dynamic", "provisioner", "connection", "for_each")):
                yield f"{place}: {key!r}: {REFUSED_ARGUMENTS[key]}"
            else:
                yield from _refused(place, each, top=False)
    elif isinstance(value, list):
        for each in value:
            yield from _refused(place, each, top=False)


def _list_of(section: str, keys: tuple[str, ...]) -> Callable[[Any], Iterator[str]]:
    """Judge of a list of blocks that have exactly these keys."""

    def problems(blocks: Any) -> Iterator[str]:
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            yield f"{section} must be a list of objects"
            return
        for block in blocks:
            if extra := sorted(set(block) - set(keys)):
                run = "; it would run code on the machine that applies" if "provisioner" in extra else ""
                yield f"{section} block: {', '.join(extra)} is not expected{run}; it has {' and '.join(keys)} alone"
            if missing := sorted(set(keys) - set(block)):
                yield f"{section} block: {', '.join(missing)} is missing; it has {' and '.join(keys)}"

    return problems


def _refactoring_problems(config: dict[str, Any]) -> Iterator[str]:
    """`moved`, `import` and `removed` blocks change what an address stands for, never what is built."""
    declared = {
        f"{kind}.{name}" for kind, named in config.get("resource", {}).items() for name in named if name != "//"
    }
    yield from _given_twice(config)
    for block in config.get("import", ()):
        if not isinstance(block["id"], str) or "${" in block["id"] or not block["id"].isprintable() or not block["id"]:
            yield "import block: id must be a literal of one line"
        if not _plain_address(block["to"]) or block["to"] not in declared:
            yield f"import block: {block['to']!r} is declared by nothing; correct it"
    for block in config.get("removed", ()):
        if not _plain_address(block["from"]):
            yield f"removed block: {block['from']!r} is no plain address"
        elif block["from"] in declared:
            yield f"removed block: {block['from']} is still declared; take one of both out"
        if block["lifecycle"] != {"destroy": False}:
            yield f"removed block: {block['from']}: lifecycle must be destroy = false; leave the block out to destroy"
    for block in config.get("moved", ()):
        old, new = block["from"], block["to"]
        if not _plain_address(new) or new not in declared:
            yield f"moved block: {new!r} is declared by nothing; correct it"
        elif not _plain_address(old) or old in declared or old.partition(".")[0] != new.partition(".")[0]:
            yield f"moved block: {old!r} must be an address of the same type that is declared no more"


def _given_twice(config: dict[str, Any]) -> Iterator[str]:
    """Addresses that two blocks of a kind are about."""
    for section, key in (("import", "to"), ("moved", "to"), ("moved", "from"), ("removed", "from")):
        named = [str(block[key]) for block in config.get(section, ())]
        for address in sorted({each for each in named if named.count(each) > 1}):
            yield f"{section} blocks: {key} {address!r} is given twice; keep one"


def _plain_address(value: Any) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _unknown(place: str, block: dict[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    for key in block:
        if key not in known:
            yield f"{place}: unknown key {key!r}: {_UNKNOWN}"


def _kind(value: Any) -> str:
    return type(value).__name__


_SECTIONS: dict[str, Callable[[Any], Iterator[str]]] = {
    "//": _notes,
    "terraform": _terraform,
    "provider": _providers,
    "resource": _blocks("resource"),
    "data": _blocks("data"),
    "output": _outputs,
    "import": _list_of("import", ("id", "to")),
    "moved": _list_of("moved", ("from", "to")),
    "removed": _list_of("removed", ("from", "lifecycle")),
}
