"""Create, adopt or mend the remote state of an account and region."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bundle.changes import Counts, count, stateful_losses
from pipeline.bundle.guard import refuse_losses
from pipeline.bundle.planner import prepare, write_json
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Layer
from pipeline.session import Session
from pipeline.synthesis import run_app
from pipeline.terraform import Terraform
from pipeline.work import private_dir, repo_root

STATE_FILE = "terraform.tfstate"


@dataclass(frozen=True)
class Bootstrapped:
    """What bootstrap did: whether the bucket is new, and what was changed."""

    bucket: str
    created: bool
    counts: Counts


def bootstrap(session: Session) -> Bootstrapped:
    """Bring bucket, lock table and key to what `backend/` says, with state in the bucket itself. Safe to repeat.

    Raises SitechatError (5) when the bucket belongs to another account, or a plan would destroy what holds state.
    """
    name = session.env.state_backend.bucket
    with step("synthesise the backend"):
        target = session.work.synth(session.env.name).with_name(f"{session.env.name}.backend")
        layer = run_app(repo_root() / "backend" / "main.py", session.env_ref, target, session.env.name).layers[0]
    created = not bucket_is_ours(session)
    start = private_dir(session.work.terraform(session.env.name) / "backend-start")
    counts = Counts()
    if created:
        with step(f"create the state bucket {name}") as progress:
            terraform = session.terraform(start, layer.name, progress.update)
            write_json(start / "cdk.tf.json", _with_local_state(layer))
            terraform.init()
            counts = _converge(session, terraform)
    if (start / STATE_FILE).is_file():
        _move_state(session, layer, start)
    if not created:
        with step(f"look at the state bucket {name}") as progress:
            terraform = session.terraform(prepare(session, layer), layer.name, progress.update)
            terraform.init()
            adopted = _adopt(session, terraform, layer) if terraform.state_pull() is None else Counts()
            counts = adopted if adopted.any else _converge(session, terraform)
    return Bootstrapped(name, created, counts)


def bucket_is_ours(session: Session) -> bool:
    """Does the state bucket exist in our account and region? False when nobody has it.

    Raises SitechatError (5) when another account owns the name, or it is in another region.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    env = session.env
    name = env.state_backend.bucket
    try:
        answer = session.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=env.account_id)
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            return False
        raise _not_ours(name, env.account_id, status) from None
    except BotoCoreError as error:
        raise SitechatError(f"S3 can't be asked for {name}: {error}", code=ExitCode.FAILED) from None
    region = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    if region and region != env.region:
        raise SitechatError(
            f"the state bucket {name} is in {region}; {env.name} is in {env.region}", code=ExitCode.REFUSED
        )
    return True


def _not_ours(name: str, account: str, status: Any) -> SitechatError:
    return SitechatError(
        f"the bucket {name} exists, but account {account} may not use it (HTTP {status})",
        hint="Another account owns the name, or this role lacks s3:ListBucket on it. "
        "Change `project` if it is someone else's; nothing was touched.",
        code=ExitCode.REFUSED,
    )


def _with_local_state(layer: Layer) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(json.dumps(layer.config))
    config["terraform"]["backend"] = {"local": {"path": STATE_FILE}}
    return config


def _move_state(session: Session, layer: Layer, start: Path) -> None:
    """Copy the local state into the bucket, then forget the local one. An interrupted copy is repeated next time."""
    with step("move the backend's own state into the bucket") as progress:
        write_json(start / "cdk.tf.json", layer.config)
        session.terraform(start, layer.name, progress.update).init(migrate=True)
        for left in start.glob(f"{STATE_FILE}*"):
            left.unlink()


def _converge(session: Session, terraform: Terraform) -> Counts:
    """Plan and apply what differs; settings changed by hand are mended."""
    plan = terraform.dir / "tfplan"
    try:
        if not terraform.plan(plan):
            return Counts()
        shown = terraform.show_plan(plan)
        refuse_losses({"backend": stateful_losses(shown)}, (), protected=not session.env.emulated)
        counts = count(shown)
        terraform.apply(plan, total=counts.resources)
        return counts
    finally:
        plan.unlink(missing_ok=True)


def _adopt(session: Session, terraform: Terraform, layer: Layer) -> Counts:
    """The bucket exists and holds no state of its own: its first bootstrap was cut off, perhaps on another machine.

    What exists is imported; everything else of the layer is settings, which creating again only sets.
    """
    adopt = terraform.dir / "adopt.tf.json"
    found = existing(session, layer)
    write_json(adopt, {"import": [{"to": address, "id": each} for address, each in sorted(found.items())]})
    try:
        return _converge(session, terraform)
    finally:
        adopt.unlink(missing_ok=True)


def existing(session: Session, layer: Layer) -> dict[str, str]:
    """Import ids of those buckets, tables and keys of the layer that exist, by address."""
    from botocore.exceptions import ClientError

    def probe(call: Callable[..., Any], **arguments: Any) -> dict[str, Any] | None:
        try:
            return dict(call(**arguments))
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404 or "NotFound" in error.response["Error"]["Code"]:
                return None
            raise SitechatError(f"AWS can't be asked what exists: {error}", code=ExitCode.FAILED) from None

    s3, tables, keys = (session.client(service) for service in ("s3", "dynamodb", "kms"))
    blocks = layer.config["resource"]
    found: dict[str, str] = {}
    for name, block in blocks["aws_s3_bucket"].items():
        if probe(s3.head_bucket, Bucket=block["bucket"], ExpectedBucketOwner=session.env.account_id) is not None:
            found[f"aws_s3_bucket.{name}"] = block["bucket"]
    for name, block in blocks["aws_dynamodb_table"].items():
        if probe(tables.describe_table, TableName=block["name"]) is not None:
            found[f"aws_dynamodb_table.{name}"] = block["name"]
    key = probe(keys.describe_key, KeyId=session.env.state_backend.key_alias)
    if key is not None:
        found |= {f"aws_kms_key.{name}": key["KeyMetadata"]["KeyId"] for name in blocks["aws_kms_key"]}
        found |= {f"aws_kms_alias.{name}": block["name"] for name, block in blocks["aws_kms_alias"].items()}
    return found
