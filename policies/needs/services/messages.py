"""Services that publish to topics, send to queues, or call functions."""

from __future__ import annotations

from collections.abc import Iterator

from policies.needs.deployed import Deployed
from policies.needs.need import Need, service
from terraform_json.blocks import listed

_PUBLISH = ("sns:Publish",)


def alarms(deployed: Deployed) -> Iterator[Need]:
    """CloudWatch publishes alarms to their topics, and calls their functions."""
    for kind in ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"):
        for address, body in deployed.each(kind):
            partition, region, account = deployed.place(address)
            alarm = f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{deployed.value(body, 'alarm_name')}"
            actions = ("alarm_actions", "ok_actions", "insufficient_data_actions")
            told = {deployed.arns.concrete(each) for action in actions for each in listed(body.get(action))}
            for target in sorted(told):
                if ":sns:" in target:
                    who = service("cloudwatch.amazonaws.com")
                    yield Need(who, _PUBLISH, target, "alarm-publishes", deployed.source(alarm))
                if ":lambda:" in target:
                    who = service("lambda.alarms.cloudwatch.amazonaws.com")
                    yield Need(who, ("lambda:InvokeFunction",), target, "alarm-calls", deployed.source(alarm))


def budgets(deployed: Deployed) -> Iterator[Need]:
    """Budgets publishes to the topics of its notifications and actions."""
    for address, body in deployed.each("aws_budgets_budget"):
        partition, _, account = deployed.place(address)
        source = deployed.source(f"arn:{partition}:budgets::{account}:budget/{deployed.value(body, 'name')}")
        topics = {
            deployed.arns.concrete(each)
            for notification in listed(body.get("notification"))
            for each in listed(notification.get("subscriber_sns_topic_arns"))
        }
        for topic in sorted(topics):
            yield Need(service("budgets.amazonaws.com"), _PUBLISH, topic, "budget-publishes", source)
    for address, body in deployed.each("aws_budgets_budget_action"):
        partition, _, account = deployed.place(address)
        source = deployed.source(f"arn:{partition}:budgets::{account}:budget/{deployed.value(body, 'budget_name')}")
        for subscriber in listed(body.get("subscriber")):
            if ":sns:" in (topic := deployed.arns.concrete(str(subscriber.get("address", "")))):
                yield Need(service("budgets.amazonaws.com"), _PUBLISH, topic, "budget-publishes", source)


def rules(deployed: Deployed) -> Iterator[Need]:
    """EventBridge publishes to a rule's topic or queue, and sends what it couldn't deliver to the dead-letter queue."""
    for address, body in deployed.each("aws_cloudwatch_event_target"):
        partition, region, account = deployed.place(address)
        rule = f"arn:{partition}:events:{region}:{account}:rule/{deployed.value(body, 'rule')}"
        who, source = service("events.amazonaws.com"), {"aws:SourceArn": rule}
        target, letters = deployed.value(body, "arn"), deployed.value(body, "dead_letter_config", "arn")
        if ":sns:" in target:
            yield Need(who, _PUBLISH, target, "rule-publishes", source)
        for queue in (target, letters):
            if ":sqs:" in queue:
                yield Need(who, ("sqs:SendMessage",), queue, "rule-queues", source)


def trails(deployed: Deployed) -> Iterator[Need]:
    """CloudTrail publishes each delivery to its topic."""
    for address, body in deployed.each("aws_cloudtrail"):
        if topic := deployed.value(body, "sns_topic_name"):
            partition, region, account = deployed.place(address)
            arn = topic if topic.startswith("arn:") else f"arn:{partition}:sns:{region}:{account}:{topic}"
            source = {"aws:SourceArn": deployed.arn(address)}
            yield Need(service("cloudtrail.amazonaws.com"), _PUBLISH, arn, "trail-publishes", source)


RULES = (alarms, budgets, rules, trails)
