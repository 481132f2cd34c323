"""Backend and the roles of a CI pass the proofs beside each other, as `sitechat bootstrap` judges them."""

from __future__ import annotations

import pytest

from backend.ci import CiStack
from backend.stack import BackendStack
from pipeline.scan.proofs import find_unproven_permissions
from tests.policies.proof.configurations import CI_ACCOUNT, REPOSITORY
from tests.support.environments import varied
from tests.support.synthesised import synthesise


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
def test_backend_and_roles_pass_beside_each_other(name: str) -> None:
    """Together they say more than alone: the roles' writes to the state bucket then use the backend's key."""
    env = varied(name, account_id=CI_ACCOUNT, ci__repository=REPOSITORY)
    found = synthesise(lambda app: (BackendStack(app, "backend", env), CiStack(app, "ci", env)))
    assert find_unproven_permissions({layer: each.config for layer, each in found.items()}) == []
