"""[service]: the tasks, their size, scaling and health."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import Numbers, StrictModel, Text, WholeNumber

HealthPath = Annotated[
    str, Text(r"/[A-Za-z0-9._~/-]*", "a path that starts with /, of letters, digits and . _ ~ / -", 1024)
]
VariableName = Annotated[str, Text(r"[A-Z_][A-Z0-9_]*", "a variable name of capital letters, digits and _", 128)]
VariableValue = Annotated[str, Text(r"(?s).*", "up to 1024 characters", 1024, 0)]


class ServiceSection(StrictModel):
    """The Fargate service behind the load balancer."""

    cpu: Annotated[int, Numbers(256, 512, 1024, 2048, 4096, 8192, 16384)] = Field(
        default=256, description="CPU units of a task; 1024 are one vCPU."
    )
    memory_mib: int = Field(
        default=512, ge=512, le=122880, description="Memory of a task; the CPU decides which sizes exist."
    )
    architecture: Literal["X86_64", "ARM64"] = Field(default="ARM64", description="Processor the image is built for.")
    # Below 1024 only root may listen, and the container runs as another user.
    port: int = Field(default=8080, ge=1024, le=65535, description="Port the application listens on.")
    tls_to_task: bool = Field(
        default=True,
        description="The load balancer speaks TLS with the task, as SITECHAT_TLS tells the application. False, for an "
        "image that can't, needs waivers in prod. Unless releases are rolling, another value takes a migration.",
    )
    min_tasks: Annotated[int, WholeNumber(1, 5000, "; to run nothing, set service.parked = true")] = Field(
        default=1, description="Fewest tasks that run once an image is released."
    )
    max_tasks: int = Field(default=4, ge=1, le=5000, description="Most tasks that run.")
    parked: bool = Field(
        default=False,
        description="Run no task and let none be started: visitors see a page that says so, and alarms about the "
        "service, its models and its edge tell nobody.",
    )
    cpu_target_percent: int = Field(default=70, ge=10, le=95, description="Average CPU use that scaling aims at.")
    memory_target_percent: int = Field(default=70, ge=10, le=95, description="Average memory use that scaling aims at.")
    spot_percent: int = Field(
        default=100, ge=0, le=100, description="Share of tasks on Spot capacity, beyond the base."
    )
    on_demand_base: int = Field(default=0, ge=0, le=5000, description="Tasks that always run on on-demand capacity.")
    health_check_path: HealthPath = Field(default="/health", description="Path the load balancer asks for.")
    # Limits of the target group: CreateTargetGroup.
    health_check_interval_seconds: int = Field(default=60, ge=5, le=300, description="Time between two health checks.")
    health_check_timeout_seconds: int = Field(
        default=5, ge=2, le=120, description="Time after which a health check counts as failed."
    )
    # ContainerDefinition.stopTimeout ends at 120 seconds on Fargate.
    stop_timeout_seconds: int = Field(
        default=30, ge=2, le=120, description="Time to finish work before a task is killed."
    )
    idle_timeout_seconds: int = Field(
        default=120, ge=1, le=4000, description="How long the load balancer waits for the next byte of an answer."
    )
    environment: dict[VariableName, VariableValue] = Field(
        default={}, max_length=40, description="Further environment variables of the application; nothing secret."
    )
    container_insights: bool = Field(
        default=False, description="Container Insights: tasks by state, network and disk; 37 metrics at their price."
    )
    service_connect: bool = Field(
        default=False,
        description="Other services reach this one by name (Service Connect): a proxy in each task, for rolling "
        "deployments alone. Nothing is encrypted between tasks, since that takes a paid private CA.",
    )
    execute_command: bool = Field(
        default=False,
        description="Allow a shell in a running task (ECS Exec); needs security.trail and monitoring.alarm_emails, by "
        "which people hear of it.",
    )
