"""Services that exist once per account and region: AWS refuses a second one, and an adopted one must exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pipeline.doctor.account.asking import Account, ask_each
from pipeline.doctor.finding import Diagnosis


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose each service that this environment owns or adopts."""
    yield from ask_each(account, {title: partial(_examine_one, key=key) for key, (title, _) in SINGLETONS.items()})
    yield from ask_each(account, {"AWS Config's role": _recorder_role})


def _examine_one(account: Account, *, key: str) -> Iterator[Diagnosis]:
    (title, there), mode = SINGLETONS[key], _mode(account, key)
    if mode != "off":
        yield compare_singleton(key, title, mode, there(account), ours=mode == "own" and _in_state(account, key))


def compare_singleton(key: str, title: str, mode: str, there: bool, *, ours: bool) -> Diagnosis:
    """With `own` the service must be absent or this environment's (`ours`); with `adopt` it must exist (`there`)."""
    if mode == "own" and there and not ours:
        detail = f"{title} exists in this account and region already, and not from this environment"
        return Diagnosis(title, "red", detail, f'Set [{_section(key)}] {key} = "adopt".')
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
    """Also a delivery channel without its recorder takes the one place in a region."""
    return bool(
        account.ask("config", "describe_configuration_recorders")["ConfigurationRecorders"]
        or account.ask("config", "describe_delivery_channels")["DeliveryChannels"]
    )


def _analyzer(account: Account) -> bool:
    return bool(account.all("accessanalyzer", "list_analyzers", "analyzers", type="ACCOUNT"))


def _invocation_logging(account: Account) -> bool:
    """AWS refuses no second one: it replaces the first."""
    return bool(account.ask("bedrock", "get_model_invocation_logging_configuration").get("loggingConfig"))


def _inspector(account: Account) -> bool:
    """Whether somebody enabled it for images: a second enabling is accepted, and a destroy would end both."""
    accounts = account.ask("inspector2", "batch_get_account_status")["accounts"]
    return any(each["resourceState"]["ecr"]["status"] in ("ENABLED", "ENABLING") for each in accounts)


def _image_scanning(account: Account) -> bool:
    """Whether the registry has enhanced scanning with rules: a second owner replaces them, and a destroy ends it."""
    found = account.ask("ecr", "get_registry_scanning_configuration")["scanningConfiguration"]
    return bool(found.get("scanType") == "ENHANCED" and found.get("rules"))


def _transaction_search(account: Account) -> bool:
    """Whether spans go to CloudWatch Logs: Cloud Control creates what is off alone."""
    return bool(account.ask("xray", "get_trace_segment_destination").get("Destination") == "CloudWatchLogs")


# Setting of [security], unless `_SECTIONS` has it -> the service's name, and the function that tells whether it exists.
SINGLETONS: dict[str, tuple[str, Callable[[Account], bool]]] = {
    "detector": ("GuardDuty", _detector),
    "hub": ("Security Hub", _hub),
    "recorder": ("AWS Config", _recorder),
    "analyzer": ("Access Analyzer", _analyzer),
    "inspector": ("Inspector", _inspector),
    "image_scanning": ("enhanced scanning of images", _image_scanning),
    "invocation_logging": ("Bedrock invocation logging", _invocation_logging),
    "transaction_search": ("Transaction Search", _transaction_search),
}
_SECTIONS = {"invocation_logging": "bedrock", "transaction_search": "monitoring"}
TYPES = {
    "detector": "aws_guardduty_detector",
    "hub": "aws_securityhub_account",
    "recorder": "aws_config_configuration_recorder",
    "analyzer": "aws_accessanalyzer_analyzer",
    "inspector": "aws_inspector2_enabler",
    "image_scanning": "aws_ecr_registry_scanning_configuration",
    "invocation_logging": "aws_bedrock_model_invocation_logging_configuration",
    "transaction_search": "aws_cloudcontrolapi_resource",
}


def _mode(account: Account, key: str) -> str:
    return str(getattr(getattr(account.env, _section(key)), key))


def _section(key: str) -> str:
    return _SECTIONS.get(key, "security")


def _in_state(account: Account, key: str) -> bool:
    """Whether a state of this environment holds the service."""
    return not any(account.unapplied.of_type(TYPES[key]))


def _recorder_role(account: Account) -> Iterator[Diagnosis]:
    """AWS refuses to create a service-linked role twice, and the recorder can't be created without it."""
    if account.env.security.recorder != "own":
        return
    title, role, wanted = "AWS Config's role", "AWSServiceRoleForConfig", account.env.security.recorder_role
    there = account.find("iam", "get_role", "NoSuchEntity", RoleName=role) is not None
    if wanted == "own" and there and any(account.unapplied.of_type("aws_iam_service_linked_role")):
        fix = 'Set [security] recorder_role = "adopt".'
        yield Diagnosis(title, "red", f"{role} exists in this account already", fix)
    elif wanted == "adopt" and not there:
        yield Diagnosis(title, "red", f"there is no {role} to adopt", 'Set [security] recorder_role = "own".')
    else:
        yield Diagnosis(title, "green", f"{wanted}: {'there' if there else 'will be created'}")
