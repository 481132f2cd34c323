"""Alarms on quotas of models against the quotas themselves: a function keeps them true, and the doctor only looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.alarm_text import NOT_READ
from config.model_quotas import SERVICE
from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import counted

NAME = "alarms on quotas of models"
_LIST = "`aws service-quotas list-service-quotas --service-code bedrock` lists those of the account."


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the alarms that exist ring at their percent of the quota that is applied."""
    if not account.env.watched_quotas:
        return
    listed = account.all("service-quotas", "list_service_quotas", "Quotas", ServiceCode=SERVICE)
    found = account.all("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[*account.env.quota_alarms])
    thresholds = {each["AlarmName"]: float(each["Threshold"]) for each in found}
    for quota in account.env.watched_quotas:
        values = {float(each["Value"]) for each in listed if each["QuotaName"].casefold() == quota.name.casefold()}
        if len(values) != 1 or max(values) <= 0:
            told = f"{counted(len(values), 'value')} of" if len(values) > 1 else "no value above 0 of"
            yield Diagnosis(NAME, "red", f'Service Quotas has {told} "{quota.name}" in {account.env.region}', _LIST)
            continue
        own = {name: at for name, at in thresholds.items() if name in quota.alarms}
        yield compare_thresholds(values.pop(), quota.alarms, own, account.env.names.resource("model-quota"))


def compare_thresholds(
    quota: float, alarms: Mapping[str, int], thresholds: Mapping[str, float], function: str
) -> Diagnosis:
    """Green where each alarm rings at its percent of the quota; alarms that no apply has made yet have none."""
    detail = f"{quota:,.0f} tokens a minute"
    if not thresholds:
        return Diagnosis(NAME, "green", f"{detail}; the alarms come with the layer monitoring")
    wrong = [_difference(each, quota * percent / 100, thresholds.get(each)) for each, percent in alarms.items()]
    if told := [each for each in wrong if each]:
        now = f"aws lambda invoke --function-name {function} /dev/stdout"
        fix = f"The function reads the quota once a day; `{now}` does it now."
        return Diagnosis(NAME, "yellow", f"{detail}, but {'; '.join(told)}", fix)
    return Diagnosis(NAME, "green", f"{detail}; alarms at {' and '.join(f'{each} %' for each in alarms.values())}")


def _difference(name: str, expected: float, threshold: float | None) -> str:
    """What is wrong with an alarm; empty where it is right."""
    if threshold is None:
        return f"{name} isn't there"
    if threshold >= NOT_READ:
        return f"{name} was never set: nobody has read the quota yet"
    return "" if threshold == expected else f"{name} rings at {threshold:,.0f} instead of {expected:,.0f}"
