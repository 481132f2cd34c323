"""Settings changed for real on the emulated AWS, one after the other: `python -m tests.e2e.moves`, half an hour.

Deploys the environment `local`, then changes ten settings drawn by `--seed`, or those named: plans, compares the plan
with what the two configurations tell (tools/moves), applies it, and plans again. Ends with 1 when something moves for
which the configurations give no reason, a policy can't be read that they say can, or the second plan isn't empty.
"""

from __future__ import annotations

import argparse
import random
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config import ConfigError, load, parse
from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout, changes, checkout
from tests.e2e.environment_files import as_toml
from tests.support.environments import ROOT
from tests.support.every_setting import Tables, at, settings, values, with_tables
from tools.moves.__main__ import layers_of
from tools.moves.compare import Moves, compare

ENV = "local"
SAMPLED = 10
# Sections whose settings move the whole environment, or say how it is planned; and what the emulated AWS has one of.
LEFT_OUT = frozenset({
    "account_id", "auto_approve", "ci", "cost", "dns", "emulator", "network", "project", "protection", "provider",
    "region", "search", "state", "tags",
})  # fmt: skip
# What the emulators don't hold as AWS does, so that a plan isn't empty afterwards; and images that nobody pushed.
NOT_EMULATED = frozenset({"image.tag", "security.detector", "security.own_key", "security.recorder", "security.trail"})


@dataclass(frozen=True)
class Sample:
    """A setting, and the environment's tables with it changed."""

    key: str
    tables: Tables


def candidates(tables: Tables) -> Iterator[Sample]:
    """Settings that the environment accepts another value of, each with the first such value."""
    before = parse(tables, name=ENV)
    for location, kind in settings():
        key = ".".join(location)
        if location[0] in LEFT_OUT or key in NOT_EMULATED:
            continue
        for value in values(location, kind):
            changed = with_tables(tables, at(location, value))
            try:
                after = parse(changed, name=ENV)
            except ConfigError:
                continue
            if after != before:
                yield Sample(key, changed)
                break


def sampled(tables: Tables, *, seed: int, named: Sequence[str] = ()) -> list[Sample]:
    """Samples drawn by a seed, or those of the named settings. Raises ValueError for a name that can't be changed."""
    found = {each.key: each for each in candidates(tables)}
    if wrong := [name for name in named if name not in found]:
        raise ValueError(f"not to be changed here: {', '.join(wrong)}; there are {', '.join(sorted(found))}")
    keys = list(named) or random.Random(seed).sample(sorted(found), SAMPLED)
    return [found[key] for key in keys]


def unexplained(planned: Mapping[str, Sequence[str]], moves: Moves) -> set[str]:
    """Addresses "layer/type.name" that a plan moves without a reason in the configurations."""
    return planned.keys() - (moves.changed | moves.made | moves.gone | moves.hidden | moves.following)


def unread_policies(plans: Mapping[str, Mapping[str, Any]], moves: Moves) -> set[str]:
    """Policy documents that a plan puts off to the apply, though the configurations say that it can read them."""
    put_off = {
        f"{layer}/{each['address']}"
        for layer, plan in plans.items()
        for each in plan.get("resource_changes", ())
        if each["type"] == "aws_iam_policy_document" and each["change"]["actions"] == ["read"]
    }
    return put_off - moves.unread.keys()


def try_one(made: Checkout, sample: Sample, before: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Change one setting for real, and back; the lines say what is wrong, and are empty when nothing is."""
    file = made.root / "environments" / f"{ENV}.toml"
    kept = file.read_text()
    after = layers_of(parse(sample.tables, name=ENV))
    for layer in reversed([name for name in before if name not in after]):
        # A layer is taken down while the configuration has it; afterwards nothing would remove it.
        made.must("destroy", "--env", ENV, "--layer", layer, "--yes")
    file.write_text(as_toml(sample.tables))
    try:
        moves = compare(before, after)
        bundle = made.must("plan", "--env", ENV, "--json").json["bundle"]
        plans = made.plans(ENV, bundle)
        planned = {
            f"{layer}/{address}": acts for layer, plan in plans.items() for address, acts in changes(plan).items()
        }
        print(f"{sample.key}: {len(planned)} resources move", flush=True)
        wrong = [f"  without a reason: {each} ({planned[each]})" for each in sorted(unexplained(planned, moves))]
        wrong += [f"  not readable: {each}" for each in sorted(unread_policies(plans, moves))]
        made.must("deploy", "--env", ENV, "--yes")
        again = made.sitechat("plan", "--env", ENV, "--detailed-exitcode")
        return wrong + ([f"  a second plan isn't empty:\n{again.output}"] if again.status != ExitCode.OK else [])
    finally:
        file.write_text(kept)
        made.must("deploy", "--env", ENV, "--yes")


def main(arguments: Sequence[str] | None = None) -> None:
    """Deploy, try the samples, and exit with 1 when something has no reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.moves", description=__doc__)
    parser.add_argument("settings", nargs="*", metavar="SECTION.KEY", help="these instead of ten that are drawn")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    tables = tomllib.loads((ROOT / "environments" / f"{ENV}.toml").read_text(encoding="utf-8"))
    try:
        samples = sampled(tables, seed=given.seed, named=given.settings)
    except ValueError as error:
        parser.error(str(error))
    print(f"to be changed: {', '.join(each.key for each in samples)}", flush=True)
    wrong = False
    with TemporaryDirectory() as folder, checkout(Path(folder, "sitechat")) as made:
        # The copy serves its pages beside those of a developer's, so its file says another address.
        file = made.root / "environments" / f"{ENV}.toml"
        own = tomllib.loads(file.read_text())
        samples = sampled(own, seed=given.seed, named=[each.key for each in samples])
        made.must("local", "up", "--no-traffic")
        made.must("bootstrap", "--env", ENV)
        made.must("deploy", "--env", ENV, "--yes")
        before = layers_of(load(file))
        for sample in samples:
            for line in try_one(made, sample, before):
                wrong = True
                print(line, flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
