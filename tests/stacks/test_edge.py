from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from config import Environment
from constructs_lib.edge.fallback import page_style
from stacks.edge import EdgeOutputs, EdgeStack, SiteName
from tests.stacks.upstream import KEY, SERVICE, SITE, alone, environment, regions
from tests.support.synthesised import Template


def _stack(env: Environment, site: SiteName | None = None) -> tuple[Template, EdgeOutputs]:
    stacks: list[EdgeStack] = []
    layer = alone(lambda app: stacks.append(EdgeStack(app, env, service=SERVICE, key_arn=KEY, site=site)))
    return layer, stacks[0].outputs


@cache
def _home() -> Template:
    return _stack(environment())[0]


@cache
def _named() -> Template:
    return _stack(environment(dns={"domain": SITE.domain, "zone_name": "example.com"}), SITE)[0]


@cache
def _far() -> Template:
    return _stack(environment("eu-central-1", monitoring={"alarm_emails": ["oncall@example.com"]}))[0]


def test_without_a_domain_cloudfronts_own_name_serves() -> None:
    distribution = _home().one("aws_cloudfront_distribution")
    assert distribution["viewer_certificate"] == {"cloudfront_default_certificate": True}
    assert "aliases" not in distribution
    assert "aws_route53_record" not in _home().types()
    assert ".domain_name" in _home().config["output"]["url"]["value"]


def test_without_a_domain_the_origin_is_reached_in_clear_inside_the_vpc() -> None:
    (config,) = _home().one("aws_cloudfront_vpc_origin")["vpc_origin_endpoint_config"]
    assert (config["origin_protocol_policy"], config["arn"]) == ("http-only", "arn:of:alb")


def test_with_a_domain_the_site_has_its_name() -> None:
    distribution = _named().one("aws_cloudfront_distribution")
    assert distribution["aliases"] == ["chat.example.com"]
    assert distribution["viewer_certificate"]["acm_certificate_arn"] == "arn:of:viewer-certificate"
    assert _named().config["output"]["url"]["value"] == "https://chat.example.com"


def test_with_a_domain_the_origin_is_reached_by_tls_alone() -> None:
    (config,) = _named().one("aws_cloudfront_vpc_origin")["vpc_origin_endpoint_config"]
    assert config["origin_protocol_policy"] == "https-only"


@pytest.mark.parametrize(("layer", "name"), [(_home, "internal-alb.elb.amazonaws.com"), (_named, "chat.example.com")])
def test_the_service_is_called_by_the_name_in_its_certificate(layer: Callable[[], Template], name: str) -> None:
    origins = layer().one("aws_cloudfront_distribution")["origin"]
    assert {each["domain_name"] for each in origins if "vpc_origin_config" in each} == {name}


@pytest.mark.parametrize("type_", ["A", "AAAA"])
def test_both_kinds_of_addresses_lead_to_the_distribution(type_: str) -> None:
    record = _named().one("aws_route53_record", f"alias_{type_.lower()}")
    assert (record["type"], record["zone_id"], record["name"]) == (type_, "Z1", "chat.example.com")
    assert record["alias"]["name"].startswith("${aws_cloudfront_distribution.")
    assert record["alias"]["evaluate_target_health"] is False


def test_the_firewall_guards_the_distribution() -> None:
    assert _home().one("aws_cloudfront_distribution")["web_acl_id"].startswith("${aws_wafv2_web_acl.")


def test_static_paths_use_the_layers_own_policies() -> None:
    *_, behaviour = _home().one("aws_cloudfront_distribution")["ordered_cache_behavior"]
    assert behaviour["path_pattern"] == "/static/*"
    assert behaviour["cache_policy_id"].startswith("${aws_cloudfront_cache_policy.")
    assert behaviour["response_headers_policy_id"].startswith("${aws_cloudfront_response_headers_policy.")


@pytest.mark.parametrize("layer", [_home, _named])
def test_pages_fall_back_to_a_bucket_that_lets_this_distribution_in(layer: Callable[[], Template]) -> None:
    (bucket,) = (
        each for each in layer().one("aws_cloudfront_distribution")["origin"] if each["origin_id"] == "fallback"
    )
    assert bucket["domain_name"].startswith("${aws_s3_bucket.fallback_")
    assert bucket["domain_name"].endswith(".bucket_regional_domain_name}")
    assert bucket["origin_access_control_id"].startswith("${aws_cloudfront_origin_access_control.")
    (condition,) = layer().statements("fallback/bucket/policy_document")["ThisDistribution"]["condition"]
    assert condition["values"][0].startswith("${aws_cloudfront_distribution.")


def test_the_fallbacks_style_passes_the_content_security_policy() -> None:
    config = _home().one("aws_cloudfront_response_headers_policy")["security_headers_config"]
    assert page_style() in config["content_security_policy"]["content_security_policy"]


def test_the_far_key_lets_cloudfront_read_the_fallback() -> None:
    statement = _far().statements("key/policy")["DistributionsOfThisAccount"]
    assert (statement["actions"], statement["principals"][0]["identifiers"]) == (
        ["kms:Decrypt"],
        ["cloudfront.amazonaws.com"],
    )


@pytest.mark.parametrize("path", ["/", "/api/*", "/health"])
def test_without_a_domain_the_balancer_is_told_how_viewers_came(path: str) -> None:
    distribution = _home().one("aws_cloudfront_distribution")
    behaviours = {"/": distribution["default_cache_behavior"]}
    behaviours |= {each["path_pattern"]: each for each in distribution["ordered_cache_behavior"]}
    _, name, _ = behaviours[path]["origin_request_policy_id"].split(".")
    policy = _home().all("aws_cloudfront_origin_request_policy")[name]
    assert "CloudFront-Forwarded-Proto" in policy["headers_config"]["headers"]["items"]


def test_without_a_domain_files_are_kept_by_the_viewers_protocol() -> None:
    key = _home().one("aws_cloudfront_cache_policy")["parameters_in_cache_key_and_forwarded_to_origin"]
    assert key["headers_config"]["headers"]["items"] == ["CloudFront-Forwarded-Proto"]


def test_with_a_domain_the_managed_policies_do() -> None:
    assert "aws_cloudfront_origin_request_policy" not in _named().types()
    key = _named().one("aws_cloudfront_cache_policy")["parameters_in_cache_key_and_forwarded_to_origin"]
    assert key["headers_config"] == {"header_behavior": "none"}


def test_the_firewalls_log_has_a_name_that_waf_accepts() -> None:
    group = _home().one("aws_cloudwatch_log_group")
    assert group["name"] == "aws-waf-logs-sitechat-dev-edge"
    assert group["retention_in_days"] == 30


@pytest.mark.parametrize(("home", "keys"), [(True, 0), (False, 1)])
def test_away_from_cloudfronts_region_the_layer_has_a_key_of_its_own(home: bool, keys: int) -> None:
    layer = _home() if home else _far()
    assert len(layer.all("aws_kms_key")) == keys
    assert regions(layer) == {"": "us-east-1"}
    group = layer.one("aws_cloudwatch_log_group")
    assert group["kms_key_id"] == KEY if home else group["kms_key_id"].startswith("${aws_kms_key.")


def test_the_far_key_serves_logs_of_cloudfronts_region() -> None:
    statement = _far().statements("key/policy")["LogGroupsOfThisAccount"]
    assert statement["principals"][0]["identifiers"] == ["logs.us-east-1.amazonaws.com"]


def test_access_logs_are_delivered_and_kept_like_the_audit() -> None:
    assert "aws_cloudwatch_log_delivery" in _home().types()
    (rule,) = _home().one("aws_s3_bucket_lifecycle_configuration", "access_logs/bucket/expiry")["rule"]
    assert rule["expiration"] == [{"days": 365}]


@pytest.mark.parametrize(("layer", "recorded"), [(_home, True), (_far, False)])
def test_readers_of_its_buckets_are_recorded_where_the_region_has_the_bucket(
    layer: Callable[[], Template], recorded: bool
) -> None:
    assert len(layer().all("aws_s3_bucket_logging")) == (2 if recorded else 0)


@pytest.mark.parametrize(("site", "setting", "sent"), [(None, False, True), (SITE, False, False), (SITE, True, True)])
def test_the_owner_of_a_domain_decides_on_the_list_of_https_only_sites(
    site: SiteName | None, setting: bool, sent: bool
) -> None:
    layer, _ = _stack(environment(edge={"hsts_preload": setting}), site)
    config = layer.one("aws_cloudfront_response_headers_policy")["security_headers_config"]
    assert config["strict_transport_security"]["preload"] is sent


def test_access_logs_can_be_left_out() -> None:
    layer, _ = _stack(environment(edge={"access_logs": False}))
    assert not {name for name in layer.types() if "log_delivery" in name}
    assert {name.split("_")[0] for name in layer.all("aws_s3_bucket")} == {"fallback"}


def test_settings_of_the_edge_reach_it() -> None:
    edge = {
        "price_class": "PriceClass_200",
        "static_paths": ["/assets/*"],
        "origin_read_timeout_seconds": 90,
        "geo_allow": ["DE"],
        "rate_limit_per_5_minutes": 500,
        "waf_managed_rules": False,
        "waf_log_retention_days": 7,
    }
    layer, _ = _stack(environment(edge=edge))
    distribution = layer.one("aws_cloudfront_distribution")
    assert distribution["price_class"] == "PriceClass_200"
    paths = [each["path_pattern"] for each in distribution["ordered_cache_behavior"]]
    assert paths == ["/api/*", "/health", "/assets/*"]
    service, pages, _ = distribution["origin"]
    assert [each["vpc_origin_config"]["origin_read_timeout"] for each in (service, pages)] == [90, 10]
    assert distribution["restrictions"]["geo_restriction"]["locations"] == ["DE"]
    rules = layer.one("aws_wafv2_web_acl")["rule"]
    assert [rule["name"] for rule in rules] == ["rate-limit", "body"]
    assert rules[0]["statement"]["rate_based_statement"]["limit"] == 500
    assert layer.one("aws_cloudwatch_log_group")["retention_in_days"] == 7


@pytest.mark.parametrize(("setting", "counts"), [({}, True), ({"anonymous_addresses": "block"}, False)])
def test_anonymous_addresses_count_unless_the_setting_says_block(setting: dict[str, str], counts: bool) -> None:
    layer, _ = _stack(environment(edge=setting))
    (rule,) = (each for each in layer.one("aws_wafv2_web_acl")["rule"] if each["name"] == "anonymous")
    assert ("rule_action_override" in rule["statement"]["managed_rule_group_statement"]) is counts


@pytest.mark.parametrize("protection", [True, False])
def test_protection_holds_key_and_buckets(protection: bool) -> None:
    layer, _ = _stack(environment("eu-central-1", protection=protection))
    assert ("lifecycle" in layer.one("aws_kms_key")) is protection
    assert layer.one("aws_kms_key")["deletion_window_in_days"] == (30 if protection else 7)
    buckets = layer.all("aws_s3_bucket").values()
    assert ["lifecycle" in each for each in buckets] == [protection] * 2


def test_outputs_are_references() -> None:
    _, outputs = _stack(environment())
    assert outputs.key_arn == KEY
    assert outputs.distribution_id
    assert outputs.web_acl_name
