resource "aws_cloudwatch_log_group" "app" {
  name              = "/sitechat/probe"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.main.arn
}
resource "aws_cloudwatch_log_resource_policy" "delivery" {
  policy_name = "probe"
  policy_document = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = { Service = "delivery.logs.amazonaws.com" }, Action = "logs:PutLogEvents", Resource = "*"
  }] })
}
resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  pattern        = "{ $.level = \"error\" }"
  log_group_name = aws_cloudwatch_log_group.app.name
  metric_transformation {
    name          = "Errors"
    namespace     = "SiteChat"
    value         = "1"
    default_value = "0"
  }
}
resource "aws_cloudwatch_query_definition" "errors" {
  name            = "probe/errors"
  log_group_names = [aws_cloudwatch_log_group.app.name]
  query_string    = "fields @timestamp, @message"
}
resource "aws_sns_topic" "alarms" {
  name              = "probe-alarms"
  kms_master_key_id = aws_kms_key.main.arn
}
resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "x", Effect = "Allow", Principal = { Service = "cloudwatch.amazonaws.com" }, Action = "sns:Publish", Resource = aws_sns_topic.alarms.arn
  }] })
}
resource "aws_sns_topic_subscription" "mail" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "oncall@example.com"
}
resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "probe-cpu"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 60
  statistic           = "Average"
  threshold           = 80
  treat_missing_data  = "notBreaching"
  dimensions          = { ClusterName = aws_ecs_cluster.main.name }
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
resource "aws_cloudwatch_metric_alarm" "math" {
  alarm_name          = "probe-error-rate"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 5
  metric_query {
    id          = "rate"
    expression  = "100 * errors / requests"
    label       = "error rate"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" }
    content {
      id = metric_query.key
      metric {
        metric_name = metric_query.value
        namespace   = "AWS/ApplicationELB"
        period      = 300
        stat        = "Sum"
        dimensions  = { LoadBalancer = aws_lb.main.arn_suffix }
      }
    }
  }
}
resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name    = "probe-any"
  alarm_rule    = "ALARM(${aws_cloudwatch_metric_alarm.cpu.alarm_name}) OR ALARM(${aws_cloudwatch_metric_alarm.math.alarm_name})"
  alarm_actions = [aws_sns_topic.alarms.arn]
}
resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "probe"
  dashboard_body = jsonencode({ widgets = [{
  type = "text", x = 0, y = 0, width = 6, height = 3, properties = { markdown = "probe" } }] })
}
resource "aws_budgets_budget" "month" {
  name         = "probe"
  budget_type  = "COST"
  limit_amount = "50"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  cost_filter {
    name   = "Service"
    values = ["Amazon Bedrock"]
  }
  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "FORECASTED"
    subscriber_sns_topic_arns  = [aws_sns_topic.alarms.arn]
    subscriber_email_addresses = ["oncall@example.com"]
  }
}
resource "aws_budgets_budget_action" "stop" {
  budget_name        = aws_budgets_budget.month.name
  action_type        = "APPLY_IAM_POLICY"
  approval_model     = "AUTOMATIC"
  notification_type  = "ACTUAL"
  execution_role_arn = aws_iam_role.task.arn
  action_threshold {
    action_threshold_type  = "PERCENTAGE"
    action_threshold_value = 100
  }
  definition {
    iam_action_definition {
      policy_arn = aws_iam_policy.task.arn
      roles      = [aws_iam_role.task.name]
    }
  }
  subscriber {
    address           = "oncall@example.com"
    subscription_type = "EMAIL"
  }
}
resource "aws_ce_anomaly_monitor" "services" {
  name              = "probe"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
}
resource "aws_ce_anomaly_subscription" "services" {
  name             = "probe"
  frequency        = "DAILY"
  monitor_arn_list = [aws_ce_anomaly_monitor.services.arn]
  subscriber {
    type    = "EMAIL"
    address = "oncall@example.com"
  }
  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = ["10"]
    }
  }
}
resource "aws_xray_group" "errors" {
  group_name        = "probe"
  filter_expression = "fault = true"
  insights_configuration {
    insights_enabled      = true
    notifications_enabled = false
  }
}
resource "aws_xray_sampling_rule" "all" {
  rule_name      = "probe"
  priority       = 9000
  version        = 1
  reservoir_size = 1
  fixed_rate     = 0.05
  url_path       = "*"
  host           = "*"
  http_method    = "*"
  service_type   = "*"
  service_name   = "*"
  resource_arn   = "*"
}
resource "aws_cloudwatch_event_rule" "findings" {
  name          = "probe-findings"
  event_pattern = jsonencode({ source = ["aws.guardduty"], detail = { severity = [{ numeric = [">=", 7] }] } })
}
resource "aws_cloudwatch_event_target" "findings" {
  rule = aws_cloudwatch_event_rule.findings.name
  arn  = aws_sns_topic.alarms.arn
  input_transformer {
    input_paths    = { title = "$.detail.title" }
    input_template = "\"<title>\""
  }
}
resource "aws_scheduler_schedule" "crawl" {
  name                         = "probe"
  schedule_expression          = "cron(0 3 * * ? *)"
  schedule_expression_timezone = "Europe/Berlin"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_sfn_state_machine.ingest.arn
    role_arn = aws_iam_role.task.arn
    input    = jsonencode({ site = "https://example.com" })
    retry_policy { maximum_retry_attempts = 2 }
  }
}
