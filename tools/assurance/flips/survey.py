"""Survey of all flips: of production, and of the options that production leaves off."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config import Environment, load
from pipeline.synth.run import synthesise
from tools.assurance.flips.documents import container_flips, policy_flips
from tools.assurance.flips.flip import SEED, Configs, Flip, enumerate_flips
from tools.assurance.flips.schema import Argument
from tools.assurance.flips.trial import Outcome, Trial

FOLDER = Path(__file__).parent
SURVIVORS = FOLDER / "survivors.toml"
ENVIRONMENTS = ("prod", str(FOLDER / "beyond.toml"))


@dataclass(frozen=True)
class FlippedEnvironment:
    """Environment whose attributes are flipped, with its synthesised layers."""

    env: Environment
    configs: Configs


def synthesise_environments(folder: Path) -> list[FlippedEnvironment]:
    """Synthesise the environments to be flipped, each below `folder`."""
    found = []
    for reference in ENVIRONMENTS:
        env = load(reference)
        synthesis = synthesise(env, folder / env.name, env_ref=reference)
        found.append(FlippedEnvironment(env, {layer.name: dict(layer.config) for layer in synthesis.layers}))
    return found


def flips(
    subjects: Iterable[FlippedEnvironment], arguments: Iterable[Argument], seed: int = SEED
) -> list[tuple[FlippedEnvironment, Flip]]:
    """Flips of all environments, each in the first that has its argument."""
    arguments = list(arguments)
    found: dict[str, tuple[FlippedEnvironment, Flip]] = {}
    for subject in subjects:
        for flip in (
            *enumerate_flips(arguments, subject.configs, seed),
            *policy_flips(subject.configs, seed),
            *container_flips(subject.configs, seed),
        ):
            found.setdefault(flip.id, (subject, flip))
    return list(found.values())


def sample(chosen: Iterable[tuple[FlippedEnvironment, Flip]], share: float) -> list[tuple[FlippedEnvironment, Flip]]:
    """About this share of the flips; whether a flip is in it depends on its id alone."""
    return [(subject, flip) for subject, flip in chosen if random.Random(f"{SEED} {flip.id}").random() < share]


def outcomes(chosen: Iterable[tuple[FlippedEnvironment, Flip]]) -> Iterator[Outcome]:
    """Outcome of each flip, scanned one after the other."""
    trials: dict[str, Trial] = {}
    for subject, flip in chosen:
        if subject.env.name not in trials:
            trials[subject.env.name] = Trial(subject.configs, subject.env)
        yield trials[subject.env.name].outcome(flip)


def survivors(path: Path = SURVIVORS) -> Mapping[str, str]:
    """Reason of each listed survivor by the id of its flip."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"]
    return {entry["flip"]: entry["reason"] for entry in entries}
