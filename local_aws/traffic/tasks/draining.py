"""The stop of a task whose load balancer first finishes the answers that run on it."""

from __future__ import annotations

import asyncio

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks.container import Container
from local_aws.traffic.tasks.deployed import DeployedTasks


async def stop_drained(container: Container, deployed: DeployedTasks, clock: Clock) -> None:
    """Stop a container once its targets' deregistration delay is over, or as soon as it has ended by itself."""
    try:
        seconds = await deployed.drain_seconds(container.deployed)
    except (BotoCoreError, ClientError):  # such as a target group that is gone
        seconds = 0
    if seconds:
        waiting = [asyncio.create_task(clock.sleep(clock.drain(seconds))), asyncio.create_task(_over(container))]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
    container.stop()


async def _over(container: Container) -> None:
    await container.ended.wait()
