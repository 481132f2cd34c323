"""Synthesise one environment: SITECHAT_ENV names it (a name in environments/ or a path), else dev."""

from __future__ import annotations

import os
import sys

try:
    import fast_bindings

    fast_bindings.install()
    from cdktf import App

    from config import ConfigError, Environment, load
    from stacks import contract
    from stacks.base import LayerSettings
    from stacks.certificates import CertificatesStack
    from stacks.dns import DnsStack
    from stacks.edge import EdgeStack, SiteName
    from stacks.infrastructure import InfrastructureStack
    from stacks.monitoring import MonitoringStack
    from stacks.service import ServiceStack
except ModuleNotFoundError as missing:
    sys.exit(
        f"main.py: {missing.name} is not installed for {sys.executable}.\n"
        "Run `make setup` once, then `source .venv/bin/activate`."
    )


def build(app: App, env: Environment) -> None:
    """Add the layers of `env` in order, handing each the outputs it needs."""
    base = LayerSettings.of(env)
    site = certificate = None
    if env.dns.domain and env.dns.zone_domain:
        zone_id = env.dns.zone_id or DnsStack(app, base, zone_name=env.dns.zone_domain).outputs.zone_id
        certificates = CertificatesStack(app, base, domain=env.dns.domain, zone_id=zone_id).outputs
        site = SiteName(domain=env.dns.domain, zone_id=zone_id, certificate_arn=certificates.viewer)
        certificate = certificates.regional
    infrastructure = InfrastructureStack(
        app, base, network=env.network, service=env.service, image=env.image, secrets=env.secrets, logs=env.logs,
        search_zones=env.search_zones, tls=site is not None, alarm_emails=env.monitoring.alarm_emails,
    ).outputs  # fmt: skip
    variables = contract.variables(
        site_name=env.dns.domain or env.project, region=env.region, bedrock=env.bedrock,
        search_endpoint="", search_index=env.search.index, guardrail_id="", guardrail_version="",
    )  # fmt: skip
    service = ServiceStack(
        app, base, service=env.service, image=env.image, public_ip=env.network.egress == "public_ip",
        infrastructure=infrastructure, environment=variables, certificate_arn=certificate,
        secret_variables=contract.secret_variables(env.secrets.names),
    ).outputs  # fmt: skip
    edge = EdgeStack(
        app, base, edge=env.edge, logs=env.logs, service=service, key_arn=infrastructure.key_arn,
        tls_to_origin=site is not None, site=site,
    ).outputs if env.edge.enabled else None  # fmt: skip
    MonitoringStack(
        app, base, monitoring=env.monitoring, budget=env.budget, budget_emails=env.budget_emails, network=env.network,
        infrastructure=infrastructure, service=service, model_id=env.bedrock.model_id, edge=edge,
    )  # fmt: skip


def main() -> None:
    """Load, build, synthesise."""
    try:
        env = load(os.environ.get("SITECHAT_ENV", "dev"))
    except ConfigError as error:
        sys.exit(str(error))
    app = App()
    build(app, env)
    app.synth()


if __name__ == "__main__":
    main()
