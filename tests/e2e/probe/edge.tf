resource "aws_route53_zone" "main" { name = "probe.example.com" }
resource "aws_acm_certificate" "site" {
  domain_name               = "chat.probe.example.com"
  subject_alternative_names = ["origin.probe.example.com"]
  validation_method         = "DNS"
  lifecycle { create_before_destroy = true }
}
resource "aws_route53_record" "validation" {
  for_each        = { for option in aws_acm_certificate.site.domain_validation_options : option.domain_name => option }
  zone_id         = aws_route53_zone.main.zone_id
  name            = each.value.resource_record_name
  type            = each.value.resource_record_type
  records         = [each.value.resource_record_value]
  ttl             = 60
  allow_overwrite = true
}
resource "aws_acm_certificate_validation" "site" {
  certificate_arn         = aws_acm_certificate.site.arn
  validation_record_fqdns = [for record in aws_route53_record.validation : record.fqdn]
}
resource "aws_cloudfront_vpc_origin" "alb" {
  vpc_origin_endpoint_config {
    name                   = "probe"
    arn                    = aws_lb.main.arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "https-only"
    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }
  depends_on = [aws_lb_listener.https]
}
resource "aws_cloudfront_cache_policy" "static" {
  name        = "probe-static"
  default_ttl = 3600
  max_ttl     = 86400
  min_ttl     = 1
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true
    cookies_config { cookie_behavior = "none" }
    headers_config { header_behavior = "none" }
    query_strings_config { query_string_behavior = "none" }
  }
}
resource "aws_cloudfront_origin_request_policy" "chat" {
  name = "probe-chat"
  cookies_config { cookie_behavior = "none" }
  headers_config {
    header_behavior = "whitelist"
    headers { items = ["Content-Type", "Accept"] }
  }
  query_strings_config { query_string_behavior = "all" }
}
resource "aws_cloudfront_response_headers_policy" "security" {
  name = "probe-security"
  security_headers_config {
    content_type_options { override = true }
    frame_options {
      frame_option = "DENY"
      override     = true
    }
    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }
    strict_transport_security {
      access_control_max_age_sec = 31536000
      include_subdomains         = true
      preload                    = true
      override                   = true
    }
    content_security_policy {
      content_security_policy = "default-src 'self'"
      override                = true
    }
  }
}
resource "aws_cloudfront_key_value_store" "origins" {
  name    = "probe-origins"
  comment = "origins"
}
resource "aws_cloudfrontkeyvaluestore_key" "origin" {
  key_value_store_arn = aws_cloudfront_key_value_store.origins.arn
  key                 = "origin"
  value               = "home"
}
resource "aws_cloudfront_function" "route" {
  name                         = "probe-route"
  runtime                      = "cloudfront-js-2.0"
  publish                      = true
  key_value_store_associations = [aws_cloudfront_key_value_store.origins.arn]
  code                         = "function handler(event) { return event.request; }"
}
resource "aws_wafv2_ip_set" "deny" {
  name               = "probe-deny"
  scope              = "CLOUDFRONT"
  ip_address_version = "IPV4"
  addresses          = ["192.0.2.0/24"]
}
resource "aws_wafv2_web_acl" "main" {
  name  = "probe"
  scope = "CLOUDFRONT"
  default_action {
    allow {}
  }
  rule {
    name     = "common"
    priority = 1
    override_action {
      none {}
    }
    statement {
      managed_rule_group_statement {
        vendor_name = "AWS"
        name        = "AWSManagedRulesCommonRuleSet"
        rule_action_override {
          name = "SizeRestrictions_BODY"
          action_to_use {
            count {}
          }
        }
        scope_down_statement {
          not_statement {
            statement {
              byte_match_statement {
                search_string         = "/api/chat"
                positional_constraint = "STARTS_WITH"
                field_to_match {
                  uri_path {}
                }
                text_transformation {
                  priority = 0
                  type     = "NONE"
                }
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "common"
      sampled_requests_enabled   = true
    }
  }
  rule {
    name     = "rate"
    priority = 2
    action {
      block {}
    }
    statement {
      rate_based_statement {
        limit                 = 1000
        evaluation_window_sec = 300
        aggregate_key_type    = "IP"
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate"
      sampled_requests_enabled   = true
    }
  }
  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "probe"
    sampled_requests_enabled   = true
  }
}
resource "aws_cloudwatch_log_group" "waf" { name = "aws-waf-logs-probe" }
resource "aws_wafv2_web_acl_logging_configuration" "main" {
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]
  resource_arn            = aws_wafv2_web_acl.main.arn
  redacted_fields {
    single_header { name = "authorization" }
  }
  logging_filter {
    default_behavior = "DROP"
    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"
      condition {
        action_condition { action = "BLOCK" }
      }
    }
  }
}
data "aws_cloudfront_cache_policy" "off" { name = "Managed-CachingDisabled" }
data "aws_cloudfront_origin_request_policy" "all" { name = "Managed-AllViewer" }
resource "aws_cloudfront_distribution" "main" {
  enabled         = true
  comment         = "probe"
  aliases         = ["chat.probe.example.com"]
  http_version    = "http2and3"
  is_ipv6_enabled = true
  price_class     = "PriceClass_100"
  web_acl_id      = aws_wafv2_web_acl.main.arn
  origin {
    domain_name = aws_lb.main.dns_name
    origin_id   = "home"
    custom_header {
      name  = "X-Origin-Verify"
      value = "probe"
    }
    vpc_origin_config {
      vpc_origin_id            = aws_cloudfront_vpc_origin.alb.id
      origin_read_timeout      = 60
      origin_keepalive_timeout = 60
    }
  }
  default_cache_behavior {
    target_origin_id           = "home"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = data.aws_cloudfront_cache_policy.off.id
    origin_request_policy_id   = data.aws_cloudfront_origin_request_policy.all.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.security.id
    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.route.arn
    }
  }
  ordered_cache_behavior {
    path_pattern               = "/static/*"
    target_origin_id           = "home"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.static.id
    origin_request_policy_id   = aws_cloudfront_origin_request_policy.chat.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.security.id
  }
  restrictions {
    geo_restriction { restriction_type = "none" }
  }
  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.site.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}
resource "aws_cloudfront_monitoring_subscription" "main" {
  distribution_id = aws_cloudfront_distribution.main.id
  monitoring_subscription {
    realtime_metrics_subscription_config { realtime_metrics_subscription_status = "Enabled" }
  }
}
resource "aws_cloudwatch_log_delivery_source" "edge" {
  name         = "probe-edge"
  log_type     = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.main.arn
}
resource "aws_cloudwatch_log_delivery_destination" "edge" {
  name          = "probe-edge"
  output_format = "json"
  delivery_destination_configuration { destination_resource_arn = "${aws_s3_bucket.logs.arn}/edge" }
}
resource "aws_cloudwatch_log_delivery" "edge" {
  delivery_source_name     = aws_cloudwatch_log_delivery_source.edge.name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.edge.arn
}
resource "aws_route53_record" "alias" {
  for_each = toset(["A", "AAAA"])
  zone_id  = aws_route53_zone.main.zone_id
  name     = "chat.probe.example.com"
  type     = each.value
  alias {
    name                   = aws_cloudfront_distribution.main.domain_name
    zone_id                = aws_cloudfront_distribution.main.hosted_zone_id
    evaluate_target_health = false
  }
}
resource "aws_route53_health_check" "home" {
  fqdn              = "chat.probe.example.com"
  port              = 443
  type              = "HTTPS"
  resource_path     = "/health"
  failure_threshold = 3
  request_interval  = 30
}
