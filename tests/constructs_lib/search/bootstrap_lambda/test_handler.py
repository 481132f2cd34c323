from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.search import bootstrap_lambda
from constructs_lib.search.bootstrap import SHARED
from constructs_lib.search.bootstrap_lambda.handler import VARIABLE, configured, handle
from constructs_lib.search.bootstrap_lambda.steps import BootstrapError

SOURCES = (*sorted(Path(next(iter(bootstrap_lambda.__path__))).glob("*.py")), *SHARED)
WANTED = {"index": "site", "dimensions": 1024, "replicas": 0, "readers": ["arn:of:task"], "writers": []}
RUNTIME = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "no-secret",
    "AWS_SESSION_TOKEN": "session",
}


def test_what_the_caller_sends_has_no_say(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RUNTIME.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(VARIABLE, json.dumps({"endpoint": server.url, **WANTED}))
    answer = handle({"index": "other", "readers": ["arn:of:attacker"], "endpoint": "http://127.0.0.1:1"}, None)
    assert "index" in answer["changed"]
    assert list(server.indexes) == ["site-001"]
    assert "attacker" not in json.dumps(server.objects)
    assert handle({}, None) == {"changed": []}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        (RUNTIME, VARIABLE),
        ({**RUNTIME, VARIABLE: json.dumps(WANTED)}, "endpoint"),
        ({**RUNTIME, VARIABLE: "no json"}, "JSONDecodeError"),
        ({VARIABLE: json.dumps({"endpoint": "http://127.0.0.1", **WANTED})}, "AWS_ACCESS_KEY_ID"),
    ],
)
def test_an_incomplete_environment_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(BootstrapError, match=f"environment is incomplete: .*{named}"):
        configured(environment)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_the_sources_need_nothing_but_the_runtime(source: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            imported.add(str(node.module).split(".")[0])
    assert imported <= {*sys.stdlib_module_names, "botocore", "passages"}
