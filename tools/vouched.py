"""Types, arguments and actions that the constructs use, for the gate: `python -m tools.vouched --write`.

Read from the source: the bindings' classes that `stacks/` and what it imports construct, with the arguments they are
given. Without `--write` it only says whether policies/vouched/types.toml is current.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from policies.vouched.grants import NARROWED, SPARED
from policies.vouched.types import FILE, Arguments, Vouched, read_vouched

ROOT = Path(__file__).resolve().parents[1]
_ACTION = re.compile(r"(?!aws:)[a-z0-9-]+:(?:[A-Z][A-Za-z0-9]*\*?|\*)")
BINDINGS = "cdktf_cdktf_provider_aws."
SECTIONS = {"TerraformResource": "resource", "TerraformDataSource": "data", "TerraformProvider": "provider"}
HEAD = """# Types, arguments and IAM actions the constructs use, reviewed like addresses.
# From `python -m tools.vouched --write`. `arguments` stand in the body itself, `inside` in its blocks.
"""
# What no construct writes: cdktf's own way to another layer's outputs, and keys that its bindings always write in
# network ACLs, whose entries are attributes.
OWN = {
    ("data", "terraform_remote_state"): Arguments(
        frozenset({"backend", "config", "workspace"}),
        frozenset({"bucket", "encrypt", "key", "kms_key_id", "region", "use_path_style"}),
    ),
    ("resource", "aws_network_acl"): Arguments(
        frozenset(), frozenset({"icmp_code", "icmp_type", "ipv6_cidr_block"})
    ),
}  # fmt: skip


def used() -> Vouched:
    """Types that stacks construct, themselves or through constructs, with their arguments."""
    arguments: dict[tuple[str, str], set[str]] = defaultdict(set)
    inside: dict[str, set[str]] = defaultdict(set)
    modules: dict[tuple[str, str], str] = {}
    for tree in _trees():
        classes = dict(_imported(tree))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in classes:
                module, name = classes[call.func.id]
                found = {keyword.arg for keyword in call.keywords if keyword.arg}
                if (kind := _terraform_type(module, name)) is not None:
                    arguments[kind] |= found
                    modules[kind] = module
                else:
                    inside[module] |= found
        for module in {module for module, _ in classes.values()} & {"wafv2_web_acl"}:
            # Its statements are the one place where dicts stand for blocks.
            inside[module] |= set(_keys(tree))
    found_types: dict[str, dict[str, Arguments]] = {"resource": {}, "data": {}, "provider": {}}
    for (section, name), names in arguments.items():
        found_types[section][name] = Arguments(frozenset(names), frozenset(inside[modules[section, name]]))
    for (section, name), more in OWN.items():
        known = found_types[section].get(name, Arguments(frozenset(), frozenset()))
        found_types[section][name] = Arguments(known.own | more.own, known.inside | more.inside)
    provider, actions = frozenset(found_types["provider"]), frozenset(_actions())
    return Vouched(found_types["resource"], found_types["data"], provider, actions)


def written(vouched: Vouched) -> str:
    """The list as it is checked in."""
    lines = [HEAD, f"provider = [{_quoted(vouched.provider)}]", "", _wrapped("actions", vouched.actions)]
    for section, types in (("resource", vouched.resource), ("data", vouched.data)):
        lines += (line for kind in sorted(types) for line in _table(f"{section}.{kind}", types[kind]))
    return "\n".join(lines) + "\n"


def _table(title: str, arguments: Arguments) -> Iterator[str]:
    yield f"\n[{title}]"
    for key, names in (("arguments", arguments.own), ("inside", arguments.inside)):
        if names:
            text = f"{key} = [{_quoted(names)}]"
            yield text if len(text) <= 120 else _wrapped(key, names)


def _wrapped(key: str, names: frozenset[str]) -> str:
    body = textwrap.fill(f"{_quoted(names)},", 120, initial_indent="  ", subsequent_indent="  ")
    return f"{key} = [\n{body}\n]"


def _quoted(names: frozenset[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))


def _trees() -> Iterator[ast.Module]:
    """Syntax of every file of `stacks/`, and of the constructs that they import, directly or not."""
    seen: set[Path] = set()
    waiting = sorted((ROOT / "stacks").glob("*.py"))
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        waiting += (path for path in _imports(tree) if path.is_file())
        yield tree


def _imports(tree: ast.Module) -> Iterator[Path]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.split(".")[0] in ("constructs_lib", "stacks")
        ):
            yield from (
                ROOT / f"{name.replace('.', '/')}.py"
                for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names))
            )


def _imported(tree: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name in the file, and module and class of the bindings, of every import from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(BINDINGS):
            yield from ((each.asname or each.name, (node.module[len(BINDINGS) :], each.name)) for each in node.names)


def _actions() -> Iterator[str]:
    """Texts of the source that have the shape of an IAM action, and are no key of a condition."""
    keys = {key for conditions in NARROWED + SPARED for _, key in conditions}
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and _ACTION.fullmatch(text) and text not in keys:
            yield text


def _keys(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from (str(key.value) for key in node.keys if isinstance(key, ast.Constant))


def _terraform_type(module: str, name: str) -> tuple[str, str] | None:
    """Section and type that a class of the bindings builds; None for a struct, which is a block."""
    bound = getattr(import_module(BINDINGS + module), name)
    bases = {base.__name__ for base in bound.__mro__}
    section = next((SECTIONS[base] for base in SECTIONS if base in bases), None)
    return (section, str(bound.TF_RESOURCE_TYPE)) if section else None


def main(arguments: Mapping[str, bool]) -> int:
    """Write the list, or compare it. Returns the exit status."""
    import fast_bindings

    fast_bindings.install()
    found = used()
    if arguments["write"]:
        FILE.write_text(written(found), encoding="utf-8")
        return 0
    current = read_vouched() == found
    print(
        f"{FILE.name} is current" if current else f"{FILE.name} is stale: python -m tools.vouched --write, and review"
    )
    return 0 if current else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="rewrite the list")
    sys.exit(main(vars(parser.parse_args())))
