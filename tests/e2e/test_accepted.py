"""Accepted configurations are valid: `terraform validate` of all layers of environments drawn at random.

One Terraform looks at all of them at once, each layer as a module, because a provider takes seconds to start.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from config import parse
from pipeline.session import terraform_variables
from pipeline.terraform import tools
from pipeline.work import Work
from tests.config.strategies import tables
from tests.e2e.offline import Offline
from tests.support.synthesised import layers

pytestmark = pytest.mark.slow

ENVIRONMENTS = 4
PLANTED = "planted"


def _drawn() -> list[dict[str, Any]]:
    """Environments drawn from a fixed seed, the same in every run."""
    found: list[dict[str, Any]] = []

    @settings(
        max_examples=ENVIRONMENTS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(tables())
    def draw(data: dict[str, Any]) -> None:
        found.append(data)

    draw()
    return found


def _modules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Configuration of each layer by a unique module name, and one that the provider has to refuse."""
    for index, data in enumerate(_drawn()):
        for layer, template in layers(parse(data, name="test")).items():
            yield f"{index}-{layer}", dict(template.config)
            if index == 0 and layer == "infrastructure":
                wrong = copy.deepcopy(dict(template.config))
                for key in wrong["resource"]["aws_kms_key"].values():
                    key["deletion_window_in_days"] = 6
                yield PLANTED, wrong


def _refused(offline: Offline, modules: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """Errors of the provider by module."""
    for name, config in modules.items():
        (offline.root / name).mkdir()
        (offline.root / name / "cdk.tf.json").write_text(json.dumps(config))
    main = {"module": {f"layer-{name}": {"source": f"./{name}"} for name in modules}}
    (offline.root / "main.tf.json").write_text(json.dumps(main))
    done = offline.run(offline.root, "init", "-backend=false", "-input=false")
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(offline.run(offline.root, "validate", "-json").stdout)
    found: dict[str, set[str]] = {}
    for each in answer["diagnostics"]:
        if each["severity"] == "error":
            found.setdefault(Path(each["range"]["filename"]).parts[0], set()).add(each["summary"])
    return found


def test_accepted_environments_are_valid(tmp_path: Path) -> None:
    modules = dict(_modules())
    assert len(modules) > ENVIRONMENTS * 4
    offline = Offline(tmp_path, tools.find_terraform(), terraform_variables(os.environ, Work(tmp_path)))
    found = _refused(offline, modules)
    assert set(found) == {PLANTED}, found
    (said,) = found[PLANTED]
    assert "deletion_window_in_days" in said
