"""An environment in the emulated account with a versioned state bucket, a lock table, and no Terraform."""

from __future__ import annotations

import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint, redirect_variables
from pipeline.recovery.state_objects import StateStore
from pipeline.session import Session, terraform_variables
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from tests.pipeline import samples
from tests.support.environments import varied

NUMBERS = itertools.count()


@dataclass(frozen=True)
class Stored:
    """An environment of the two sample layers, `first` and `second`, and its stored states."""

    session: Session
    synthesis: Synthesis

    @property
    def store(self) -> StateStore:
        return StateStore.of(self.session)

    def key(self, layer: str = "first") -> str:
        return str(self.synthesis.layer(layer).backend["key"])

    def put(self, content: bytes, layer: str = "first", *, digest: bool = True) -> str:
        """Put a version as Terraform does; returns its id."""
        store = self.store
        store.write(self.key(layer), content, {})
        if digest:
            store.write_digest(self.key(layer), content)
        return store.versions(self.key(layer))[self.key(layer)][0].id

    def put_row(self, name: str, **attributes: Any) -> None:
        """Write a row of the lock table; `name` follows the bucket."""
        state = self.session.env.state_backend
        item = {"LockID": {"S": f"{state.bucket}/{name}"}, **{key: {"S": value} for key, value in attributes.items()}}
        self.session.client("dynamodb").put_item(TableName=state.table, Item=item)

    def delete_row(self, name: str) -> None:
        state = self.session.env.state_backend
        row = {"LockID": {"S": f"{state.bucket}/{name}"}}
        self.session.client("dynamodb").delete_item(TableName=state.table, Key=row)

    def rows(self) -> dict[str, Any]:
        """Rows of the lock table, by what follows the bucket."""
        state = self.session.env.state_backend
        found = self.session.client("dynamodb").scan(TableName=state.table)["Items"]
        return {each["LockID"]["S"].removeprefix(f"{state.bucket}/"): each for each in found}

    def errored(self, content: bytes, layer: str = "first") -> Path:
        """Leave a state that was not stored in a layer's folder."""
        path = self.session.work.terraform("local") / layer / "errored.tfstate"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


def state(serial: int, *names: str, lineage: str = "1a2b3c4d-line", kind: str = "aws_sns_topic") -> bytes:
    """A state whose resources have these names."""
    made = [
        {"mode": "managed", "type": kind, "name": each, "instances": [{"attributes": {"id": each}}]} for each in names
    ]
    content = {"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage}
    return json.dumps({**content, "outputs": {}, "resources": made}).encode()


@pytest.fixture
def stored(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stored:
    monkeypatch.setattr("pipeline.recovery.states.SETTLING_SECONDS", 0)
    work = Work(tmp_path)
    variables = terraform_variables(redirect_variables(endpoint, dict(os.environ)), work)
    session = Session(varied("local", project=f"kept{next(NUMBERS)}"), "local", work, variables, Path("terraform"))
    place = session.env.state_backend
    s3 = session.client("s3")
    s3.create_bucket(Bucket=place.bucket)
    s3.put_bucket_versioning(Bucket=place.bucket, VersioningConfiguration={"Status": "Enabled"})
    session.client("dynamodb").create_table(
        TableName=place.table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    configs = {}
    for name, needs in (("first", []), ("second", ["first"])):
        backend = {"bucket": place.bucket, "key": place.key(name, "us-east-1"), "region": place.region}
        resources = {"aws_sns_topic": {"here": {"name": f"{session.env.project}-{name}"}}}
        configs[name] = ({"terraform": {"backend": {"s3": backend}}, "resource": resources}, needs)
    return Stored(session, layers.read_synthesis(samples.write(tmp_path / "synth", configs), "local"))
