"""`local up` names the next command by what is there: no state bucket, nothing deployed, or a deployment."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from config import ConfigError
from pipeline import session
from pipeline.errors import ExitCode, SitechatError
from tests.pipeline.operations.support import Run

RESOURCES = {"resources": [{"mode": "managed", "type": "aws_vpc", "name": "it", "instances": [{"attributes": {}}]}]}
NO_BUCKET = SitechatError("there is no state bucket", code=ExitCode.MISSING)


@pytest.mark.parametrize(
    ("state", "following"),
    [
        (NO_BUCKET, "sitechat bootstrap --env local, then sitechat deploy --env local"),
        (ConfigError(()), "sitechat bootstrap --env local, then sitechat deploy --env local"),
        (None, "sitechat deploy --env local"),
        ({"resources": []}, "sitechat deploy --env local"),
        (RESOURCES, "sitechat outputs --env local shows what is deployed"),
    ],
    ids=["nothing", "a file with mistakes", "a bucket", "destroyed", "deployed"],
)
def test_the_next_command_is_the_one_that_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch, state: Any, following: str
) -> None:
    def read_stored(layer: str, scope: str) -> Any:
        assert (layer, scope) == ("infrastructure", "us-east-1")
        if isinstance(state, Exception):
            raise state
        return state

    found = SimpleNamespace(read_stored=read_stored, env=SimpleNamespace(region="us-east-1"))
    monkeypatch.setattr(session, "open_session", lambda env, **given: found)
    endpoint = SimpleNamespace(url="http://127.0.0.1:1", account_id="123456789012", site="", clock_factor=1.0)
    monkeypatch.setattr("pipeline.aws.emulated.start_emulated_aws", lambda traffic: endpoint)
    assert run("local", "up").out.splitlines()[-1] == f"next: {following}; end: sitechat local down"
