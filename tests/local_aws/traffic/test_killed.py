"""The plane and its tasks, after the supervisor was killed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from local_aws import Endpoint, images_folder, start, stop
from local_aws.images import pack
from local_aws.traffic.world import World
from tests.local_aws.traffic.tasks.conftest import REPOSITORY, ROLE, alive, wait_for

_PROGRAM = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)\n"


def test_tasks_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    folder, number = tmp_path / "local", tmp_path / "number"
    run = start(folder, traffic=True)
    try:
        _run_task(run, folder, tmp_path / "context", number)
        wait_for(lambda: number.is_file() and number.read_text(), 30)
        task = int(number.read_text())
        assert alive(task)
        os.kill(run.pids[0], signal.SIGKILL)
        wait_for(lambda: not any(alive(each) for each in (*run.pids[1:], task)))
    finally:
        stop(folder)


def _run_task(run: Endpoint, folder: Path, context: Path, number: Path) -> None:
    client = World(run.url, run.account_id, run.region).client
    context.mkdir()
    (context / "task.py").write_text(_PROGRAM)
    (context / "Dockerfile").write_text('FROM python:3.13-slim\nCOPY task.py /\nCMD ["python", "task.py"]\n')
    image = pack(context, images_folder(folder), Path(sys.executable))
    ecr, ecs = client("ecr"), client("ecs")
    ecr.create_repository(repositoryName="app")
    ecr.put_image(repositoryName="app", imageManifest=image.manifest, imageTag="v1", imageDigest=image.digest)
    everything = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    client("iam").create_role(RoleName=ROLE.rpartition("/")[2], AssumeRolePolicyDocument="{}")
    client("iam").put_role_policy(RoleName=ROLE.rpartition("/")[2], PolicyName="all", PolicyDocument=everything)
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(
        family="task",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=ROLE,
        containerDefinitions=[
            {"name": "app", "image": f"{REPOSITORY}:v1", "command": ["python", "task.py", str(number)]}
        ],
    )
    ecs.run_task(cluster="main", taskDefinition="task", launchType="FARGATE")
