"""Spans of the account and region: whether they are kept in CloudWatch Logs, by whose leave, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pipeline.doctor.account.asking import Account, ask_each
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import counted
from policies.proof.text_policies import statements_of
from terraform_json.blocks import Body, listed

DESTINATION, POLICY, RETENTION = "destination of spans", "policy for spans", "retention of spans"
GROUP = "aws/spans"
# AWS sends traces elsewhere within minutes (Enable transaction search, CloudWatch user guide).
_PENDING = "PENDING"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Nothing where Transaction Search is off, or is still to be switched on by this environment."""
    owned = account.env.monitoring.transaction_search == "own"
    if account.env.monitoring.transaction_search == "off":
        return
    if owned and any(account.unapplied.of_type("aws_cloudcontrolapi_resource")):
        return
    yield from ask_each(account, {DESTINATION: _destination, POLICY: _policy, RETENTION: _retention})


def _destination(account: Account) -> Iterator[Diagnosis]:
    """Others of the account can send spans elsewhere at any time; the OTLP endpoint then refuses them."""
    found = account.ask("xray", "get_trace_segment_destination")
    if found.get("Destination") != "CloudWatchLogs":
        again = f"`sitechat deploy --env {account.env.name}` switches it on again."
        others = "Ask the environment that owns it: its next deployment switches it on again."
        fix = again if account.env.monitoring.transaction_search == "own" else others
        yield Diagnosis(DESTINATION, "red", "spans go to X-Ray and not to CloudWatch Logs: OTLP is refused", fix)
    elif found.get("Status") == _PENDING:
        yield Diagnosis(DESTINATION, "yellow", "CloudWatch Logs, but AWS is still switching", "Wait some minutes.")
    else:
        yield Diagnosis(DESTINATION, "green", "CloudWatch Logs")


def _policy(account: Account) -> Iterator[Diagnosis]:
    """Without it X-Ray takes spans, and loses them."""
    listed_policies = account.all("logs", "describe_resource_policies", "resourcePolicies")
    names = [each.get("policyName", "") for each in listed_policies if lets_x_ray_write(each.get("policyDocument", ""))]
    if names:
        yield Diagnosis(POLICY, "green", f"{', '.join(sorted(names))} lets X-Ray write")
        return
    fix = f"`sitechat deploy --env {account.env.name}` puts it."
    if account.env.monitoring.transaction_search != "own":
        fix = "Ask the environment that owns Transaction Search: its next deployment puts it."
    yield Diagnosis(POLICY, "red", f"no resource policy lets X-Ray write into {GROUP}: spans are lost", fix)


def _retention(account: Account) -> Iterator[Diagnosis]:
    groups = account.all("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=GROUP)
    found = next((each for each in groups if each["logGroupName"] == GROUP), None)
    if found is None:
        yield Diagnosis(RETENTION, "green", "nobody has sent spans yet")
        return
    days, wanted = found.get("retentionInDays"), account.env.monitoring.spans_retention_days
    owned = account.env.monitoring.transaction_search == "own"
    if days and (days == wanted or not owned):
        yield Diagnosis(RETENTION, "green", counted(days, "day"))
        return
    detail = f"{counted(days, 'day')} instead of {wanted}" if days else f"{GROUP} is kept for ever"
    name = account.env.names.resource("span-retention")
    fix = f"A function puts it once a day; `aws lambda invoke --function-name {name} /dev/stdout` does it now."
    yield Diagnosis(RETENTION, "yellow", detail, fix if owned else "Ask the environment that owns Transaction Search.")


def lets_x_ray_write(policy: str) -> bool:
    """Whether a policy, as JSON, lets X-Ray write spans; its conditions aren't judged."""
    return any(map(_lets, statements_of(policy) or ()))


def _lets(statement: Body) -> bool:
    principals = [name for each in listed(statement.get("principals")) for name in listed(each["identifiers"])]
    actions = [str(each).lower() for each in listed(statement.get("actions"))]
    resources = [str(each) for each in listed(statement.get("resources"))]
    return (
        statement.get("effect") == "Allow"
        and bool({"xray.amazonaws.com", "*"} & {*principals})
        and any(fnmatchcase("logs:putlogevents", each) for each in actions)
        and any(each == "*" or fnmatchcase(f"log-group:{GROUP}:log-stream:default", _group(each)) for each in resources)
    )


def _group(arn: str) -> str:
    """What of an ARN is below account and region."""
    return arn.split(":", 5)[-1]
