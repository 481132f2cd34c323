"""Criterion for security arguments, and weaker values of each; by name and type, never by what the gate catches.

An argument counts when a word of its name is in `TOPICS`. A name without a word of its own (`GENERIC`: enabled, status,
type and the like) is judged by the block, or else the resource type, around it.

An argument that is set is removed when it may be, or gets a weaker value: the opposite of a switch, one of `WEAKER`.
An unset argument is flipped where `OPENED` has a value that opens something. Names that identify or join (`LABELS`)
have no weaker value.
"""

from __future__ import annotations

from typing import Any

from tools.assurance.flips.schema import Argument

TOPICS: dict[str, frozenset[str]] = {
    "encryption": frozenset({"encrypt", "encrypted", "encryption", "kms", "sse"}),
    "transport": frozenset({"certificate", "https", "protocol", "protocols", "ssl", "tls"}),
    "evidence": frozenset(
        {"audit", "flow", "global", "insights", "log", "logging", "logs", "metrics", "recorder", "recording"}
        | {"retention", "sampled", "supported", "traffic", "trail", "visibility"}
    ),
    "exposure": frozenset({"anonymous", "cidr", "egress", "geo", "ingress", "internal", "port", "public", "publicly"}),
    "identity": frozenset(
        {"access", "auth", "authentication", "boundary", "password", "policies", "principals", "privileged"}
        | {"security", "signing", "untrusted", "user", "users"}
    ),
    "isolation": frozenset({"execute", "fault", "ipc", "network", "pid", "vpc"}),
    "protection": frozenset(
        {"bypass", "deletion", "force", "mutability", "ownership", "recovery", "rollback", "rotation", "validation"}
        | {"versioning"}
    ),
    "detection": frozenset(
        {"actions", "analyzer", "controls", "detector", "findings", "notification", "scan", "scanning", "standards"}
    ),
    "filtering": frozenset(
        {"acl", "action", "block", "desync", "fail", "filters", "invalid", "limit", "override", "pii", "strength"}
        | {"threshold", "word"}
    ),
    "headers": frozenset({"age", "content", "frame", "referrer", "subdomains"}),
    "patches": frozenset({"platform", "runtime", "software", "update"}),
}
GENERIC = frozenset(
    {"action", "config", "configuration", "days", "desired", "enable", "enabled", "is", "items", "level", "mode"}
    | {"options", "rule", "setting", "state", "status", "type", "value"}
)
LABELS = ("name", "vpc_id", "domain_validation_options")

# Marker of a flip that removes an argument.
REMOVED: Any = object()

# Weaker values by the end of "type path", weakest last. One is drawn from those after the value that is set.
WEAKER: dict[str, tuple[Any, ...]] = {
    "access_control_max_age_sec": (0,),
    "content_security_policy/content_security_policy": ("default-src * 'unsafe-inline'",),
    "contextual_grounding_policy_config/filters_config/threshold": (0, 0.1),
    "deletion_window_in_days": (7,),
    "encryption_type": ("AES256",),
    "frame_option": ("SAMEORIGIN",),
    "from_port": (0,),
    "health_check/protocol": ("HTTP",),
    "image_tag_mutability": ("MUTABLE",),
    "input_strength": ("LOW", "NONE"),
    "ip_protocol": ("-1",),
    "logging": ("NONE",),
    "minimum_protocol_version": ("TLSv1", "TLSv1_2016", "TLSv1.1_2016"),
    "network_mode": ("host", "bridge"),
    "object_ownership": ("BucketOwnerPreferred", "ObjectWriter"),
    "origin_protocol_policy": ("http-only", "match-viewer"),
    "origin_ssl_protocols/items": (["SSLv3"], ["TLSv1"], ["TLSv1.1", "TLSv1.2"]),
    "output_strength": ("LOW", "NONE"),
    "pii_entities_config/action": ("ANONYMIZE",),
    "platform_version": ("1.3.0",),
    "protocol": ("HTTP",),
    "rate_based_statement/limit": (2_000_000_000,),
    "recovery_window_in_days": (0,),
    "referrer_policy/referrer_policy": ("unsafe-url",),
    "retention_in_days": (1, 3, 7),
    "runtime": ("python3.8",),
    "ssl_policy": ("ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-TLS-1-0-2015-04"),
    "sse_algorithm": ("AES256",),
    "aws_guardduty_detector_feature status": ("DISABLED",),
    "setting/value": ("disabled",),
    "tls_security_policy": ("Policy-Min-TLS-1-0-2019-07",),
    "to_port": (65535,),
    "traffic_type": ("ACCEPT", "REJECT"),
    "untrusted_artifact_on_deployment": ("Warn",),
    "validation_method": ("EMAIL",),
    "versioning_configuration/status": ("Suspended", "Disabled"),
    "viewer_protocol_policy": ("allow-all",),
    "desync_mitigation_mode": ("monitor",),
    # Without weaker value: these allow, only count, are replaced, restart tasks, or name the processor.
    "aws_network_acl egress": (),
    "aws_network_acl ingress": (),
    "content_security_policy/override": (),
    "enable_default_standards": (),
    "force_new_deployment": (),
    "managed_rule_group_statement/rule_action_override": (),
    "runtime_platform": (),
    "aws_network_acl ingress/protocol": ("-1",),
    "aws_network_acl egress/protocol": ("-1",),
    "aws_network_acl ingress/cidr_block": ("0.0.0.0/0",),
    "aws_network_acl egress/cidr_block": ("0.0.0.0/0",),
}

_WORLD = {"description": "", "from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}
# Values that open something where an argument is unset, by the end of "type path".
OPENED: dict[str, tuple[Any, ...]] = {
    "actions_enabled": (False,),
    "bypass_policy_lockout_safety_check": (True,),
    "aws_vpc_security_group_ingress_rule cidr_ipv4": ("0.0.0.0/0",),
    "aws_vpc_security_group_ingress_rule cidr_ipv6": ("::/0",),
    "aws_vpc_security_group_egress_rule cidr_ipv4": ("0.0.0.0/0",),
    "aws_vpc_security_group_egress_rule cidr_ipv6": ("::/0",),
    "enable_fault_injection": (True,),
    "enable_logging": (False,),
    "enable_waf_fail_open": (True,),
    "force_delete": (True,),
    "force_destroy": (True,),
    "force_overwrite_replica_secret": (True,),
    "aws_security_group ingress": ([_WORLD],),
    "aws_security_group egress": ([_WORLD],),
    "aws_default_security_group ingress": ([_WORLD],),
    "aws_default_security_group egress": ([_WORLD],),
    "ipc_mode": ("host",),
    "is_enabled": (False,),
    "managed_policy_arns": (["arn:aws:iam::aws:policy/AdministratorAccess"],),
    "pid_mode": ("host",),
}

_PEERS = ("prefix_list_id", "referenced_security_group_id")
# Arguments that conflict with one, which Terraform refuses together.
INSTEAD_OF = {"cidr_ipv4": _PEERS, "cidr_ipv6": _PEERS}


def security_topic(argument: Argument) -> str | None:
    """Topic an argument belongs to; None when it isn't about security."""
    if argument.path.rpartition("/")[2] in LABELS:
        return None
    for part in reversed((argument.kind.removeprefix("aws_"), *argument.path.split("/"))):
        words = set(part.split("_"))
        found = next((name for name, wanted in TOPICS.items() if words & wanted), None)
        if found or words - GENERIC:
            return found
    return None


def weaker(argument: Argument, value: Any) -> tuple[Any, ...]:
    """Values weaker than the one that is set; empty when none is known."""
    known = _ending(WEAKER, argument)
    if known is not None:
        later = known[known.index(value) + 1 :] if value in known else known
        return tuple(each for each in later if each != value)
    if argument.form == "bool":
        return (not value,)
    vanishes = argument.form in ("block", "list", "map") or "${" in str(value)
    return (REMOVED,) if vanishes and not argument.required else ()


def opened(argument: Argument) -> tuple[Any, ...]:
    """Values that weaken an argument left unset."""
    return _ending(OPENED, argument) or ()


def _ending(table: dict[str, tuple[Any, ...]], argument: Argument) -> tuple[Any, ...] | None:
    whole = f"{argument.kind} {argument.path}"
    fitting = [key for key in table if whole == key or whole.endswith((f" {key}", f"/{key}"))]
    return table[max(fitting, key=len)] if fitting else None
