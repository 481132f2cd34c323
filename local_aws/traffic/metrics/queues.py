"""Lengths of queues, as SQS reports them every minute (namespace AWS/SQS)."""

from __future__ import annotations

import asyncio

from local_aws.traffic.metrics.series import Series, metric
from local_aws.traffic.world import World

# Metrics and the attributes of a queue that they are ("Available CloudWatch metrics for Amazon SQS", SQS guide).
_LENGTHS = {
    "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}


async def measure_queues(world: World, series: Series, region: str, minute: int) -> None:
    """Add the lengths of a region's queues, as they are now, to a minute."""
    for name, lengths in await asyncio.to_thread(_lengths, world, region):
        for metric_name, value in lengths.items():
            series.record(minute, metric(region, "AWS/SQS", metric_name, {"QueueName": name}), value)


def _lengths(world: World, region: str) -> list[tuple[str, dict[str, float]]]:
    sqs, found = world.client("sqs", region), []
    for page in sqs.get_paginator("list_queues").paginate():
        for url in page.get("QueueUrls") or []:
            try:
                told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[*_LENGTHS.values()])["Attributes"]
            except sqs.exceptions.QueueDoesNotExist:
                continue
            lengths = {name: float(told[attribute]) for name, attribute in _LENGTHS.items() if attribute in told}
            found.append((url.rpartition("/")[2], lengths))
    return found
