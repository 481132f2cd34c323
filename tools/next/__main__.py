"""Synthesise all environments, and one with each of ECS's own strategies, under bindings to come: `make synth-next`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config import load
from config.toml_text import toml_text
from policies.proof.catalogue import prove
from policies.proof.configuration import Configuration
from policies.vouched.containers import unknown_containers
from policies.vouched.kept import unkept
from policies.vouched.promised import unpromised
from policies.vouched.referring import unconnected
from policies.vouched.targets import untargeted
from policies.vouched.valued import unvalued
from tools.next.bindings import NEXT, PRODUCT, ROOT, SYNTHESISE, Bindings
from tools.next.compare import differences, leaves, read, unexpected, without_suffixes
from tools.next.native import expected

ENVIRONMENTS = ("dev", "staging", "prod")
# One of them whose service ECS deploys already, task by task.
ROLLING = "staging"
# prod with each strategy of ECS's own, by the name that its environment gets.
STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "bluegreen": {"strategy": "blue_green", "bake_minutes": 15},
    "canary": {"strategy": "canary", "bake_minutes": 30, "canary_percent": 5, "canary_minutes": 7},
    "linear": {"strategy": "linear", "bake_minutes": 1439, "linear_percent": 25, "linear_minutes": 2},
}
RELEASED = {"digest": f"sha256:{'a' * 64}"}
# What the gate promises of layers, whatever the provider; its lists of types and actions are those of 5.100.
PROMISES = (unpromised, unvalued, unkept, untargeted, unconnected, unknown_containers)


def main() -> int:
    """Exit code 0, or 1 with a line for each thing that is otherwise than listed."""
    missing = [str(each.python.relative_to(ROOT)) for each in NEXT if not each.python.exists()]
    if missing:
        print(f"synth-next: {' and '.join(missing)} missing; `make synth-next` installs them", file=sys.stderr)
        return 3
    with tempfile.TemporaryDirectory(prefix="synth-next-") as name:
        folder = Path(name)
        by_code_deploy = [_write(folder / "code_deploy", name, "code_deploy") for name in STRATEGIES]
        native = [_write(folder / "ecs", name, "ecs") for name in STRATEGIES]
        _synthesise("product", str(ROOT / PRODUCT), (SYNTHESISE,), folder, by_code_deploy)
        for each in NEXT:
            _synthesise(each.name, str(each.python), each.module, folder, native)
        lines = [*_refused(native[0])]
        for each in NEXT:
            lines += _compared(each, folder)
    for line in lines:
        print(f"synth-next: {line}")
    print(f"synth-next: {'passed' if not lines else f'{len(lines)} things are otherwise than listed'}")
    return 1 if lines else 0


def _write(folder: Path, name: str, controller: str) -> Path:
    """prod's file with a strategy, in a folder of its own: beside others it would have to get on with them."""
    folder = folder / name
    folder.mkdir(parents=True)
    prod = tomllib.loads((ROOT / "environments" / "prod.toml").read_text())
    deployment = {**STRATEGIES[name], "controller": controller}
    file = folder / f"{name}.toml"
    file.write_text(toml_text({**prod, "deployment": deployment, "image": {**prod.get("image", {}), **RELEASED}}))
    return file


def _synthesise(name: str, python: str, module: tuple[str, ...], folder: Path, files: list[Path]) -> None:
    """Synthesise all environments under one set of bindings. Raises CalledProcessError, after its own words."""
    begun = time.monotonic()
    subprocess.run(
        [python, "-m", *module, str(folder / name), *ENVIRONMENTS, *map(str, files)],
        cwd=ROOT,
        env={**os.environ, "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.monotonic() - begun
    print(f"synth-next: {name}: {len(ENVIRONMENTS) + len(files)} environments in {seconds:.0f} s", flush=True)


def _refused(file: Path) -> Iterator[str]:
    """The product's own bindings refuse the same file, with one line and code 2."""
    found = subprocess.run(
        [str(ROOT / PRODUCT), "main.py"],
        cwd=ROOT,
        env={**os.environ, "SITECHAT_ENV": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = found.stderr.strip().splitlines()
    if found.returncode != 2 or len(said) != 1 or 'deployment.controller = "ecs"' not in said[0]:
        yield f"the product's bindings don't refuse {file.name} as they should: {found.returncode}, {said[-1:]}"
    else:
        print("synth-next: product: ECS's own strategies are refused, by one line that says why")


def _compared(bindings: Bindings, folder: Path) -> Iterator[str]:
    """Lines for what differs otherwise than listed; prints the figures."""
    for name in (*ENVIRONMENTS, *STRATEGIES):
        product, other = (without_suffixes(read(folder / each / name)) for each in ("product", bindings.name))
        allowed = dict(bindings.differences(each for each in product if each != "manifest"))
        found = list(differences(product, other))
        pins = len(allowed)
        if name in STRATEGIES:
            env = load(folder / "ecs" / name / f"{name}.toml")
            allowed |= expected(env, product, rolling=without_suffixes(read(folder / "product" / ROLLING)))
            yield from _judged(bindings, folder, name)
        yield from (f"{bindings.name}: {name}: {line}" for line in unexpected(found, allowed))
        native = sum(leaves(after) for place, (_, after) in allowed.items() if "aws_ecs_service" in place)
        what = f", {len(allowed) - pins} of ECS's own deployments ({native} fields of the service)" if native else ""
        print(
            f"synth-next: {bindings.name} (provider {bindings.provider}): {name}: {len(product) - 1} layers, "
            f"{leaves(other)} values, {len(found)} differences: {pins} versions and sources{what}"
        )


def _judged(bindings: Bindings, folder: Path, name: str) -> Iterator[str]:
    """What the gate proves and promises holds for ECS's own deployments."""
    env = load(folder / "ecs" / name / f"{name}.toml")
    layers = {layer: each for layer, each in read(folder / bindings.name / name).items() if layer != "manifest"}
    found = [f"{each.address}: {each.rule}: {each.detail}" for each in prove(Configuration(layers), env)]
    found += [line for promise in PROMISES for line in promise(layers, env)]
    yield from (f"{bindings.name}: {name}: the gate says {line}" for line in found)


if __name__ == "__main__":
    sys.exit(main())
