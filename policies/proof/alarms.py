"""Proof that every alarm can ring: its metric exists where it looks, and whoever is told knows what to do."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from config.alarm_text import read_alarm_text
from policies.needs.arns import Arns
from policies.proof.configuration import Configuration
from policies.proof.own_metrics import own_metrics
from terraform_json.blocks import Body, listed, nested_block

KIND, COMPOSITE = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"
RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
_TABLE = Path(__file__).with_name("metrics.toml")
# Names of the alarms that the rule of a composite alarm wants to be on.
_RULED = re.compile(r'\bALARM\("([^"]+)"\)')
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100)")
# What is made of log lines has a value a minute ("Creating metrics from log events using filters", CloudWatch Logs
# guide; "StorageResolution" of the embedded metric format).
_OWN_SECONDS = 60
# PutMetricAlarm: an alarm looks back one day, or seven with periods of an hour or more.
_DAY, _WEEK, _HOUR = 86_400, 7 * 86_400, 3_600


class Fault(NamedTuple):
    """What is wrong with an alarm: rule of the catalogue, address, words, and the argument to look at."""

    rule: str
    address: str
    detail: str
    attribute: str = ""


class Documented(NamedTuple):
    """A metric as AWS documents it: where, how often, under which dimensions, and what they name."""

    unit: str
    statistics: frozenset[str]
    dimensions: tuple[frozenset[str], ...]
    seconds: int
    region: str
    values: Mapping[str, str]


class Watched(NamedTuple):
    """One metric that an alarm looks at, and how."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    seconds: int
    unit: str
    place: str


@cache
def documented_metrics() -> Mapping[tuple[str, str], Documented]:
    """Metrics of metrics.toml by namespace and name."""
    found = {}
    for namespace, table in tomllib.loads(_TABLE.read_text(encoding="utf-8")).items():
        for group in table["metrics"]:
            sets = tuple(frozenset(each) for each in group.get("dimensions", table["dimensions"]))
            for name in group["names"]:
                found[namespace, name] = Documented(
                    group["unit"],
                    frozenset(group["statistics"]),
                    sets,
                    table["seconds"],
                    table["region"],
                    table["values"],
                )
    return found


def faulty_alarms(configuration: Configuration, home: str) -> Iterator[Fault]:
    """Alarms that can't ring, or of which nobody would know what to do."""
    alarms = _Alarms(configuration, home)
    for address, body in configuration.all(KIND).items():
        yield from alarms.faults(address, body)
    for address, body in configuration.all(COMPOSITE).items():
        yield from alarms.composite_faults(address, body)


class _Alarms:
    def __init__(self, configuration: Configuration, home: str) -> None:
        self._configuration, self._home = configuration, home
        self._arns = Arns(configuration)

    def faults(self, address: str, body: Body) -> Iterator[Fault]:
        for detail, attribute in self._unwatched(address, body):
            yield Fault("unknown-metric", address, detail, attribute)
        for detail, attribute in self._unheard(address, body):
            yield Fault("unheard-alarm", address, detail, attribute)
        yield from self._undescribed(address, body)

    def composite_faults(self, address: str, body: Body) -> Iterator[Fault]:
        """What is wrong with an alarm on other alarms: those that its rule names have faults of their own."""
        rule = str(body.get("alarm_rule", ""))
        region = self._configuration.region(address)
        alarms = ((at, each) for kind in (KIND, COMPOSITE) for at, each in self._configuration.all(kind).items())
        names = {self._text(each, "alarm_name") for at, each in alarms if self._configuration.region(at) == region}
        for asked in _RULED.findall(rule) or ["nothing"]:
            if asked not in names:
                yield Fault("unknown-metric", address, f"looks at {asked}, which is no alarm in {region}", "alarm_rule")
        if not (told := self._topics(address, body, "alarm_actions")):
            yield Fault("unheard-alarm", address, f"tells no topic of this deployment in {region}", "alarm_actions")
        if not told <= self._topics(address, body, "ok_actions"):
            yield Fault("unheard-alarm", address, "doesn't tell the same topic that it is over", "ok_actions")
        yield from self._undescribed(address, body)

    def _undescribed(self, address: str, body: Body) -> Iterator[Fault]:
        if problem := _without_runbook(str(body.get("alarm_description", ""))):
            yield Fault("no-runbook", address, problem, "alarm_description")

    def _unwatched(self, address: str, body: Body) -> Iterator[tuple[str, str]]:
        watched = list(_watched(body))
        if not watched:
            yield "watches no metric", "metric_name"
        for each in watched:
            for problem in self._problems(address, each):
                yield f"{each.namespace} {each.name} {problem}", each.place
        yield from _unreadable_math(body)
        longest = max((each.seconds for each in watched), default=0)
        span = longest * int(body.get("evaluation_periods") or 0)
        if span > (_WEEK if longest >= _HOUR else _DAY):
            yield f"looks back {span} seconds, more than CloudWatch takes", "evaluation_periods"

    def _problems(self, address: str, watched: Watched) -> Iterator[str]:
        """What keeps a metric from having values where an alarm looks."""
        found = documented_metrics().get((watched.namespace, watched.name))
        if found is None:
            yield from self._not_emitted(address, watched)
            return
        statistic = "percentiles" if _PERCENTILE.fullmatch(watched.statistic) else watched.statistic
        if statistic not in found.statistics:
            yield f"means nothing as {watched.statistic or 'no statistic'}: {_either(found.statistics)}"
        if watched.seconds < found.seconds or watched.seconds % found.seconds:
            yield f"has a value every {found.seconds} seconds, not every {watched.seconds}"
        if watched.unit not in ("", found.unit):
            yield f"is in {found.unit}, not in {watched.unit}"
        region = self._region(found, watched)
        if (here := self._configuration.region(address)) != region:
            yield f"is in {region}, and the alarm in {here}"
        if frozenset(watched.dimensions) not in found.dimensions:
            sets = _either({" and ".join(sorted(each)) for each in found.dimensions})
            yield f"has no values under {' and '.join(sorted(watched.dimensions)) or 'no dimension'}: {sets}"
            return
        for dimension, value in watched.dimensions.items():
            if not self._is(found.values[dimension], value):
                yield f"has no values of {dimension} {self._arns.concrete(value)!r}: nothing here is called so"

    def _region(self, found: Documented, watched: Watched) -> str:
        """Region in which a metric is kept: AWS's one, or that of what it is about."""
        if found.region == "values":
            named = (self._configuration.follow(value) for value in watched.dimensions.values())
            return next((self._configuration.region(each) for each in named if each), self._home)
        return self._home if found.region == "home" else found.region

    def _not_emitted(self, address: str, watched: Watched) -> Iterator[str]:
        """A metric that AWS doesn't document: nothing, where a log line of this deployment makes it."""
        region = self._configuration.region(address)
        named = (self._arns.concrete(watched.namespace), self._arns.concrete(watched.name))
        made = own_metrics(self._configuration, self._arns, region, *named)
        if not made:
            yield (
                f"exists nowhere: neither a metric filter nor the application of this deployment makes it in {region}, "
                "and policies/proof/metrics.toml has none of AWS's by that name"
            )
            return
        alike = [each for each in made if each.dimensions == frozenset(watched.dimensions)]
        if not alike:
            yield "has other dimensions: what makes it says which (config/application_metrics.py, or a metric filter)"
        for dimension, value in watched.dimensions.items():
            known = [each.values[dimension] for each in alike if dimension in each.values]
            if known and not any(self._arns.concrete(value) in values for values in known):
                yield f"has no values of {dimension} {value!r}: {_either({each for one in known for each in one})}"
        if alike and watched.unit and not any(each.unit in ("", watched.unit) for each in alike):
            yield f"is in {alike[0].unit}, not in {watched.unit}"
        if watched.seconds < _OWN_SECONDS or watched.seconds % _OWN_SECONDS:
            yield f"has a value every {_OWN_SECONDS} seconds, not every {watched.seconds}"

    def _is(self, kind: str, value: str) -> bool:
        """Whether a dimension's value is what it should name."""
        concrete = self._arns.concrete(value)
        if kind == "text":
            return bool(concrete)
        if kind == "account":
            return concrete in self._configuration.account_ids
        if kind.startswith("= "):
            return concrete == kind.removeprefix("= ")
        type_, _, argument = kind.partition(".")
        named = self._configuration.follow(value)
        if named:
            return value.endswith(f".{argument}}}") and named.partition("/")[2].startswith(f"{type_}.")
        bodies = (*self._configuration.all(type_).values(), *self._configuration.all(f"data.{type_}").values())
        return concrete in {self._text(body, argument) for body in bodies}

    def _text(self, body: Body, argument: str) -> str:
        return self._arns.concrete(str(body.get(argument, "")))

    def _unheard(self, address: str, body: Body) -> Iterator[tuple[str, str]]:
        if body.get("treat_missing_data") not in ("breaching", "ignore", "missing", "notBreaching"):
            yield "doesn't say what no data means", "treat_missing_data"
        if name := read_alarm_text(str(body.get("alarm_description", ""))).told_by:
            if not self._told_by(address, body, name):
                yield f"says that {name} tells people, which doesn't look at it", "alarm_description"
            return
        told = self._topics(address, body, "alarm_actions")
        if not told:
            yield f"tells no topic of this deployment in {self._configuration.region(address)}", "alarm_actions"
        # What a metric filter counts are events: that none came since says nothing.
        lasting = not all(self._counted(address, each) for each in _watched(body))
        if lasting and not told <= self._topics(address, body, "ok_actions"):
            yield "doesn't tell the same topic that it is over", "ok_actions"

    def _counted(self, address: str, watched: Watched) -> bool:
        """Whether a metric filter makes a metric."""
        named = (self._arns.concrete(watched.namespace), self._arns.concrete(watched.name))
        region = self._configuration.region(address)
        return any(each.filtered for each in own_metrics(self._configuration, self._arns, region, *named))

    def _told_by(self, address: str, body: Body, name: str) -> bool:
        """Whether a composite alarm of a name looks at an alarm; whom it tells is its own to show."""
        return any(
            self._text(other, "alarm_name") == name
            and self._text(body, "alarm_name") in _RULED.findall(str(other.get("alarm_rule", "")))
            and self._configuration.region(at) == self._configuration.region(address)
            for at, other in self._configuration.all(COMPOSITE).items()
        )

    def _topics(self, address: str, body: Body, argument: str) -> frozenset[str]:
        """Topics of the deployment in an alarm's region; that they let CloudWatch in is a need (policies/needs)."""
        region = self._configuration.region(address)
        named = (self._configuration.follow(each) for each in listed(body.get(argument)))
        return frozenset(
            each for each in named if each and "/aws_sns_topic." in each and self._configuration.region(each) == region
        )


def _watched(body: Body) -> Iterator[Watched]:
    """Every metric of an alarm, alone or in a math expression."""
    if body.get("metric_name") is not None:
        yield Watched(
            str(body.get("namespace", "")),
            str(body["metric_name"]),
            body.get("dimensions") or {},
            str(body.get("statistic") or body.get("extended_statistic") or ""),
            int(body.get("period") or 0),
            str(body.get("unit") or ""),
            "metric_name",
        )
    for query in listed(body.get("metric_query")):
        if metric := nested_block(query.get("metric")):
            yield Watched(
                str(metric.get("namespace", "")),
                str(metric.get("metric_name", "")),
                metric.get("dimensions") or {},
                str(metric.get("stat") or ""),
                int(metric.get("period") or 0),
                str(metric.get("unit") or ""),
                "metric_query",
            )


def _unreadable_math(body: Body) -> Iterator[tuple[str, str]]:
    """Math that names what isn't there, leaves a metric out, or doesn't say which line is the alarm's."""
    queries: list[Any] = listed(body.get("metric_query"))
    if not queries:
        return
    ids = [str(each.get("id")) for each in queries]
    named = {word for each in queries for word in re.findall(r"\b[a-z]\w*\b", str(each.get("expression") or ""))}
    if missing := sorted(named - set(ids)):
        yield f"computes with {', '.join(missing)}, which is no line of it", "metric_query"
    returned = [str(each.get("id")) for each in queries if each.get("return_data")]
    if len(returned) != 1:
        yield f"goes by {', '.join(returned) or 'no line'} instead of by one", "metric_query"
    if idle := sorted(set(ids) - named - set(returned)):
        yield f"never uses {', '.join(idle)}, which is billed all the same", "metric_query"


def _without_runbook(description: str) -> str:
    """Why an alarm has no runbook or no severity; empty where it has both."""
    runbook = read_alarm_text(description).runbook
    if not runbook:
        said = "Severity: page (or ticket). Runbook: docs/runbooks/NAME.md"
        return f'its description, "{description}", doesn\'t end with "{said}"'
    if not (RUNBOOKS.parents[1] / runbook).is_file():
        return f"names the runbook {runbook}, which isn't there"
    return ""


def _either(values: frozenset[str] | set[str]) -> str:
    return "it has " + " or ".join(sorted(values))
