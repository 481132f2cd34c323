"""What CodeDeploy does in the role of a deployment group of an ECS service, and ECS in those of its own deployments."""

from __future__ import annotations

from collections.abc import Iterator

from policies.needs.deployed import Deployed
from policies.needs.need import Need
from policies.needs.services.roles import EXAMPLE, assumed
from terraform_json.blocks import Body

FACT = "codedeploy-shifts"


def deployment_groups(deployed: Deployed) -> Iterator[Need]:
    """CodeDeploy takes on the group's role, and shifts the visitors of its service between task sets."""
    for address, body in deployed.each("aws_codedeploy_deployment_group"):
        partition, region, account = deployed.place(address)
        role, app = deployed.value(body, "service_role_arn"), deployed.value(body, "app_name")
        here = f"{region}:{account}"
        group = (
            f"arn:{partition}:codedeploy:{here}:deploymentgroup:{app}/{deployed.value(body, 'deployment_group_name')}"
        )
        yield assumed("codedeploy.amazonaws.com", role, deployed.source(group))
        ecs = f"arn:{partition}:ecs:{here}"
        cluster, name = (deployed.value(body, "ecs_service", f"{each}_name") for each in ("cluster", "service"))
        service = f"{ecs}:service/{cluster}/{name}"
        yield Need(role, ("ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"), service, FACT)
        yield Need(role, ("ecs:CreateTaskSet",), "*", FACT, {"ecs:service": service})
        yield Need(role, ("ecs:DeleteTaskSet",), f"{ecs}:task-set/{cluster}/{name}/ecs-svc/{EXAMPLE}", FACT)
        looked = (f"elasticloadbalancing:Describe{each}" for each in ("Listeners", "Rules", "TargetGroups"))
        yield Need(role, tuple(looked), "*", FACT)
        yield from _listeners(deployed, body, role, f"arn:{partition}:elasticloadbalancing:{here}")
        yield Need(role, ("cloudwatch:DescribeAlarms",), f"arn:{partition}:cloudwatch:{here}:alarm:*", FACT)
        yield from _hooks(deployed, address, role)
        yield from _passed(deployed, address, role)


def _listeners(deployed: Deployed, body: Body, role: str, place: str) -> Iterator[Need]:
    """Both listeners belong to the load balancer of the layer."""
    for _, balancer in deployed.each("aws_lb"):
        listener = f"{place}:listener/app/{deployed.value(balancer, 'name')}/{EXAMPLE}/{EXAMPLE}"
        yield Need(role, ("elasticloadbalancing:ModifyListener",), listener, FACT)


def _hooks(deployed: Deployed, address: str, role: str) -> Iterator[Need]:
    """The function that releases name is the one the group waits for."""
    for each in sorted(deployed.configuration.direct(address)):
        if "/aws_lambda_function." in each:
            yield Need(role, ("lambda:InvokeFunction",), deployed.arn(each), FACT)


def _passed(deployed: Deployed, address: str, role: str) -> Iterator[Need]:
    for _, body in deployed.each("aws_ecs_task_definition"):
        for argument in ("execution_role_arn", "task_role_arn"):
            passed = deployed.value(body, argument)
            yield Need(role, ("iam:PassRole",), passed, FACT, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def native_deployments(deployed: Deployed) -> Iterator[Need]:
    """ECS takes on the roles that a service names: to shift the rules of its listeners, and to have new tasks tried."""
    for address, body in deployed.each("aws_ecs_service"):
        partition, region, account = deployed.place(address)
        shifting = ("load_balancer", "advanced_configuration")
        if role := deployed.value(body, *shifting, "role_arn"):
            yield assumed("ecs.amazonaws.com", role, {})
            yield from _balancing(deployed, role, f"arn:{partition}:elasticloadbalancing:{region}:{account}")
        hook = ("deployment_configuration", "lifecycle_hook")
        if role := deployed.value(body, *hook, "role_arn"):
            yield assumed("ecs.amazonaws.com", role, {})
            yield Need(
                role, ("lambda:InvokeFunction",), deployed.value(body, *hook, "hook_target_arn"), "ecs-calls-hook"
            )


def _balancing(deployed: Deployed, role: str, place: str) -> Iterator[Need]:
    fact, balancing = "ecs-shifts", "elasticloadbalancing"
    looked = (f"{balancing}:Describe{each}" for each in ("Listeners", "Rules", "TargetGroups", "TargetHealth"))
    yield Need(role, tuple(looked), "*", fact)
    registered = (f"{balancing}:DeregisterTargets", f"{balancing}:RegisterTargets")
    for _, group in deployed.each("aws_lb_target_group"):
        yield Need(role, registered, f"{place}:targetgroup/{deployed.value(group, 'name')}/{EXAMPLE}", fact)
    for _, balancer in deployed.each("aws_lb"):
        below = f"app/{deployed.value(balancer, 'name')}/{EXAMPLE}/{EXAMPLE}"
        yield Need(role, (f"{balancing}:ModifyListener",), f"{place}:listener/{below}", fact)
        yield Need(role, (f"{balancing}:ModifyRule",), f"{place}:listener-rule/{below}/{EXAMPLE}", fact)


RULES = (deployment_groups, native_deployments)
