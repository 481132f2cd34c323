"""Services that exist once per account and region: AWS refuses a second one, and an adopted one must exist."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose each service that this environment owns or adopts."""
    for key, (title, there) in SINGLETONS.items():
        mode = getattr(account.env.security, key)
        if mode != "off":
            yield compare_singleton(key, title, mode, there(account), ours=mode == "own" and _in_state(account, key))


def compare_singleton(key: str, title: str, mode: str, there: bool, *, ours: bool) -> Diagnosis:
    """With `own` the service must be absent or this environment's (`ours`); with `adopt` it must exist (`there`)."""
    if mode == "own" and there and not ours:
        detail = f"{title} exists in this account and region already, and not from this environment"
        return Diagnosis(title, "red", detail, f'Set [security] {key} = "adopt".')
    if mode == "adopt" and not there:
        return Diagnosis(
            title, "yellow", f"there is no {title} to adopt yet", "Deploy the environment that owns it first."
        )
    return Diagnosis(title, "green", f"{mode}: {'there' if there else 'will be created'}")


def _detector(account: Account) -> bool:
    return bool(account.all("guardduty", "list_detectors", "DetectorIds"))


def _hub(account: Account) -> bool:
    absent = ("InvalidAccessException", "ResourceNotFoundException")
    return account.find("securityhub", "describe_hub", *absent) is not None


def _recorder(account: Account) -> bool:
    return bool(account.ask("config", "describe_configuration_recorders")["ConfigurationRecorders"])


def _analyzer(account: Account) -> bool:
    return bool(account.all("accessanalyzer", "list_analyzers", "analyzers", type="ACCOUNT"))


# Setting of [security] -> the service's name, and the function that tells whether it exists.
SINGLETONS: dict[str, tuple[str, Callable[[Account], bool]]] = {
    "detector": ("GuardDuty", _detector),
    "hub": ("Security Hub", _hub),
    "recorder": ("AWS Config", _recorder),
    "analyzer": ("Access Analyzer", _analyzer),
}
TYPES = {
    "detector": "aws_guardduty_detector",
    "hub": "aws_securityhub_account",
    "recorder": "aws_config_configuration_recorder",
    "analyzer": "aws_accessanalyzer_analyzer",
}


def _in_state(account: Account, key: str) -> bool:
    """Whether a state of this environment holds the service."""
    return any(each["type"] == TYPES[key] for state in _states(account) for each in state.get("resources", ()))


def _states(account: Account) -> Iterator[dict[str, Any]]:
    state = account.env.state_backend
    listed = account.find(
        "s3", "list_objects_v2", "NoSuchBucket", Bucket=state.bucket, Prefix=f"{state.project}/{state.env}/"
    )
    for each in (listed or {}).get("Contents", ()):
        if each["Key"].endswith("/security.tfstate"):
            body = account.ask("s3", "get_object", Bucket=state.bucket, Key=each["Key"])["Body"]
            yield json.loads(body.read())
