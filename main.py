"""Synthesise one environment: SITECHAT_ENV names it (a name in environments/ or a path), else dev."""

from __future__ import annotations

import os
import sys

try:
    import fast_bindings

    fast_bindings.install()
    from cdktf import App

    from config import ConfigError, Environment, load
    from stacks.certificates import CertificatesStack
    from stacks.dns import DnsStack
    from stacks.edge import EdgeStack, SiteName
    from stacks.infrastructure import InfrastructureStack
    from stacks.llm import LlmStack
    from stacks.monitoring import MonitoringStack
    from stacks.security import SecurityStack
    from stacks.service import ServiceStack
    from stacks.workflows import WorkflowsStack
except ModuleNotFoundError as missing:
    sys.exit(
        f"main.py: {missing.name} is not installed for {sys.executable}.\n"
        "Run `make setup` once, then `source .venv/bin/activate`."
    )


def build(app: App, env: Environment) -> None:
    """Add the layers of `env` in order, handing each the outputs it needs."""
    site = certificates = edge = None
    if env.dns.domain and env.dns.zone_domain:
        zone_id = env.dns.zone_id or DnsStack(app, env, zone_name=env.dns.zone_domain).outputs.zone_id
        certificates = CertificatesStack(app, env, domain=env.dns.domain, zone_id=zone_id).outputs
        site = SiteName(env.dns.domain, zone_id, certificates.viewer)
    foundation = InfrastructureStack(app, env)
    infrastructure = foundation.outputs
    models = LlmStack(app, env, infrastructure=infrastructure)
    llm = models.outputs
    certificate = certificates.regional if certificates else None
    serving = ServiceStack(app, env, infrastructure=infrastructure, llm=llm, certificate_arn=certificate)
    # Without search and guardrail it reads no value of the layer that lets its tasks call models.
    serving.add_dependency(models)
    service = serving.outputs
    if env.edge.enabled:
        edge = EdgeStack(app, env, service=service, key_arn=infrastructure.key_arn, site=site).outputs
    watched = (*models.watched, *serving.watched)
    if env.security.watches:
        security = SecurityStack(
            app, env, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        )
        # With a key of its own, and nothing that reports, it reads no value of the foundation. It still comes after it.
        security.add_dependency(foundation)
        watched += security.watched
    if env.ingestion.sources:
        watched += WorkflowsStack(app, env, infrastructure=infrastructure, llm=llm).watched
    MonitoringStack(
        app,
        env,
        infrastructure=infrastructure,
        llm=llm,
        service=service,
        edge=edge,
        certificates=certificates,
        watched=watched,
    )


def main() -> None:
    """Load, build, synthesise; a wrong configuration ends in one readable list of what is wrong."""
    try:
        env = load(os.environ.get("SITECHAT_ENV", "dev"))
        app = App()
        build(app, env)
    except ConfigError as error:
        print(error, *([f"next: {error.hint}"] if error.hint else []), sep="\n", file=sys.stderr)
        sys.exit(2)
    app.synth()


if __name__ == "__main__":
    main()
