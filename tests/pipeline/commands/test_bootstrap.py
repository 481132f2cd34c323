"""`bootstrap` asks nothing, and takes the option that says so."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from pipeline.deployment import bootstrap
from terraform_json.plan import Counts
from tests.pipeline.operations.support import Account, Run


@pytest.mark.parametrize("words", [(), ("--yes",)])
def test_yes_is_accepted_as_in_every_other_command_of_a_script(
    account: Account, run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    done = SimpleNamespace(created=False, counts=Counts())
    monkeypatch.setattr(bootstrap, "bootstrap", lambda session: done)
    ran = run("bootstrap", "--env", account.file, "--json", *words)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["changes"] == 0
