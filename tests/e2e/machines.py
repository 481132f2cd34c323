"""Machines that deploy one tiny environment of two layers, with a state bucket and lock table of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws import Endpoint, redirect_variables
from pipeline.scan import Verdict
from pipeline.session import Session, terraform_variables
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.terraform import tools
from pipeline.work import Work
from tests.pipeline import samples
from tests.support.environments import varied

# Verdict on the synthesised files, taken as passed; plans are scanned for real.
PASSED = Verdict("local", (), (), (), 1, 2)
AWS = {
    "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
    "provider": {"aws": [{"region": "us-east-1", "max_retries": 4}]},
}

# Arguments the gate asks of a log group. The key doesn't exist: the emulator only stores its ARN.
LOGS = {
    "retention_in_days": 365,
    "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Machine:
    """Machine with a work folder of its own. Machines of the same `project` share states and locks."""

    root: Path
    session: Session

    @classmethod
    def of(cls, root: Path, endpoint: Endpoint, project: str, *, protection: bool = False, **variables: str) -> Machine:
        """Make a machine with the credentials of the emulated account, and with `variables` in its environment."""
        work = Work(root)
        found = terraform_variables(redirect_variables(endpoint, dict(os.environ)), work) | variables
        env = varied("local", project=project, protection=protection)
        return cls(root, Session(env, "local", work, found, tools.find_terraform()))

    def twin(self, root: Path, endpoint: Endpoint) -> Machine:
        """Make another machine with copies of this one's bundles."""
        other = Machine.of(root, endpoint, self.session.env.project)
        bundles = self.session.work.bundles("local")
        shutil.copytree(bundles, other.session.work.bundles("local"), dirs_exist_ok=True)
        return other

    def create_backend(self, *, bucket: bool = True, table: bool = True) -> None:
        """Create the state bucket and lock table as bootstrap does, as far as Terraform needs them."""
        state = self.session.env.state_backend
        if bucket:
            s3 = self.session.client("s3")
            s3.create_bucket(Bucket=state.bucket)
            s3.put_bucket_versioning(Bucket=state.bucket, VersioningConfiguration={"Status": "Enabled"})
        if table:
            self.session.client("dynamodb").create_table(
                TableName=state.table,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            )

    def backend(self, layer: str) -> dict[str, Any]:
        """Backend block of a layer, with few retries so that a test of a dead endpoint is short."""
        state = self.session.env.state_backend
        place = {"bucket": state.bucket, "key": state.key(layer, "us-east-1"), "region": state.region}
        return {**place, "dynamodb_table": state.table, "use_lockfile": True, "use_path_style": True, "max_retries": 3}

    @property
    def tags(self) -> dict[str, str]:
        """Tags by which recovery finds resources."""
        return {key: self.session.env.default_tags[key] for key in ("Project", "Environment")}

    def synthesis(
        self, *, more: Mapping[str, Any] | None = None, looked_up: Mapping[str, Any] | None = None
    ) -> Synthesis:
        """Synthesis of two layers: `second` reads the topic of `first`, which also holds the resources `more`.

        `looked_up` are data sources of `second`; each one's attribute `retention_in_days` ends up in a tag.
        """
        up = {
            key: value for key, value in self.backend("first").items() if key not in ("dynamodb_table", "use_lockfile")
        }
        first = self._layer("first", {"output": {"topic": {"value": "${aws_sns_topic.here.arn}"}}}, "first", more or {})
        found = looked_up or {}
        read = {"data": {"terraform_remote_state": {"up": {"backend": "s3", "config": up}}, **found}}
        days = "".join(f"-${{data.{kind}.{name}.retention_in_days}}" for kind, named in found.items() for name in named)
        second = self._layer("second", read, f"${{data.terraform_remote_state.up.outputs.topic}}{days}", {})
        samples.write(self.root / "synth", {"first": (first, []), "second": (second, ["first"])})
        return layers.read_synthesis(self.root / "synth", "local")

    def bare(self, **resource: object) -> Synthesis:
        """Synthesis of one layer that needs no provider; `resource` are the arguments of its one resource."""
        blocks = {"terraform_data": {"one": resource}}
        config = {"terraform": {"backend": {"s3": self.backend("first")}}, "resource": blocks}
        samples.write(self.root / "bare", {"first": (config, [])})
        return layers.read_synthesis(self.root / "bare", "local")

    def _layer(self, name: str, parts: Mapping[str, Any], text: str, more: Mapping[str, Any]) -> dict[str, Any]:
        topic = {
            "name": f"{self.session.env.project}-{name}",
            "kms_master_key_id": "alias/aws/sns",
            "tags": {"of": text, **self.tags},
        }
        return {
            "terraform": {"backend": {"s3": self.backend(name)}, "required_providers": AWS["required_providers"]},
            "provider": AWS["provider"],
            "resource": {"aws_sns_topic": {"here": topic}, **more},
            **parts,
        }
