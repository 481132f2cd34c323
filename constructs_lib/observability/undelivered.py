"""The queue of events whose messages reached nobody, and the alarm on it."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, policy_document
from constructs_lib.observability.alarms import Alarm, MetricAlarms, WatchedAlarm
from constructs_lib.observability.topic import EVENTS

# SQS's longest retention.
RETENTION_SECONDS = 14 * 24 * 3600


class UndeliveredEvents(Construct):
    """A dead-letter queue for the EventBridge rules of an account and region, whose events stay 14 days.

    SQS encrypts it with a key of its own, not with the customer key: a customer key that is disabled keeps messages
    from their topic, and would keep them from this queue as well.

    `alarm_topic_arn` is told as soon as one event lies here, whatever made its delivery fail: that is every failed
    invocation, for one alarm instead of one a rule. It should be another topic than the one that couldn't be reached.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, place: Place, alarm_topic_arn: str | None = None
    ) -> None:
        super().__init__(scope, id_)
        queue = SqsQueue(
            self, "queue", name=name, sqs_managed_sse_enabled=True, message_retention_seconds=RETENTION_SECONDS
        )
        self.arn: str = queue.arn
        self.policy = SqsQueuePolicy(
            self,
            "policy",
            queue_url=queue.url,
            policy=policy_document(self, "document", _admit_rules(place.arn("sqs", name), place)),
        )
        self.watched: tuple[WatchedAlarm, ...] = ()
        if alarm_topic_arn:
            alarms = MetricAlarms(
                self, "alarms", name_prefix=name, topic_arn=alarm_topic_arn, alarms=(_not_empty(queue.name),)
            )
            # By the name as it is configured: a dashboard of another layer need not wait for the queue.
            self.watched = tuple(_not_empty(name).watched(each.name) for each in alarms.watched)


def _admit_rules(queue_arn: str, place: Place) -> Statement:
    """Let rules send ("Using dead-letter queues to process undelivered events", EventBridge guide)."""
    return Statement(
        sid="Rules",
        actions=("sqs:SendMessage",),
        resources=(queue_arn,),
        principals={"Service": (EVENTS,)},
        conditions=(("ArnLike", "aws:SourceArn", (place.arn("events", "rule/*"),)),),
    )


def _not_empty(queue_name: str) -> Alarm:
    return Alarm(
        id="messages",
        description="A message about a finding reached nobody",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue_name},
        statistic="Maximum",
        threshold=1,
        runbook="undelivered-finding",
        period_seconds=300,
        periods=1,
    )
