resource "aws_cloudtrail" "main" {
  name                          = "probe"
  s3_bucket_name                = aws_s3_bucket.logs.id
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  kms_key_id                    = aws_kms_key.main.arn
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.app.arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.task.arn
  advanced_event_selector {
    name = "writes"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
  depends_on = [aws_s3_bucket_policy.logs]
}
resource "aws_config_configuration_recorder" "main" {
  name     = "probe"
  role_arn = aws_iam_role.task.arn
  recording_group {
    all_supported                 = true
    include_global_resource_types = true
  }
}
resource "aws_config_delivery_channel" "main" {
  name           = "probe"
  s3_bucket_name = aws_s3_bucket.logs.id
  s3_key_prefix  = "config"
  depends_on     = [aws_config_configuration_recorder.main]
}
resource "aws_config_configuration_recorder_status" "main" {
  name       = aws_config_configuration_recorder.main.name
  is_enabled = true
  depends_on = [aws_config_delivery_channel.main]
}
resource "aws_config_config_rule" "tls" {
  name = "probe-tls"
  source {
    owner             = "AWS"
    source_identifier = "S3_BUCKET_SSL_REQUESTS_ONLY"
  }
  depends_on = [aws_config_configuration_recorder.main]
}
resource "aws_guardduty_detector" "main" {
  enable                       = true
  finding_publishing_frequency = "FIFTEEN_MINUTES"
}
resource "aws_guardduty_detector_feature" "s3" {
  detector_id = aws_guardduty_detector.main.id
  name        = "S3_DATA_EVENTS"
  status      = "ENABLED"
}
resource "aws_securityhub_account" "main" {
  enable_default_standards  = false
  control_finding_generator = "SECURITY_CONTROL"
}
resource "aws_securityhub_standards_subscription" "fsbp" {
  standards_arn = "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0"
  depends_on    = [aws_securityhub_account.main]
}
resource "aws_accessanalyzer_analyzer" "main" { analyzer_name = "probe" }
resource "aws_inspector2_enabler" "main" {
  account_ids    = [local.account]
  resource_types = ["ECR"]
}
resource "aws_backup_vault" "main" { name = "probe" }
resource "aws_backup_plan" "main" {
  name = "probe"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 3 * * ? *)"
    lifecycle { delete_after = 14 }
  }
}
resource "aws_backup_selection" "main" {
  name         = "probe"
  plan_id      = aws_backup_plan.main.id
  iam_role_arn = aws_iam_role.task.arn
  resources    = [aws_dynamodb_table.lock.arn]
}
resource "aws_ebs_encryption_by_default" "on" { enabled = true }
resource "aws_s3_account_public_access_block" "all" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_iam_account_password_policy" "strict" { minimum_password_length = 14 }
