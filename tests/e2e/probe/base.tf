data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${local.account}:root"]
    }
  }
}
resource "aws_kms_key" "main" {
  description             = "probe"
  enable_key_rotation     = true
  rotation_period_in_days = 180
  deletion_window_in_days = 7
  multi_region            = true
}
resource "aws_kms_key_policy" "main" {
  key_id = aws_kms_key.main.id
  policy = data.aws_iam_policy_document.key.json
}
resource "aws_kms_alias" "main" {
  name          = "alias/probe"
  target_key_id = aws_kms_key.main.id
}
resource "aws_kms_replica_key" "other" {
  provider                = aws.other
  primary_key_arn         = aws_kms_key.main.arn
  deletion_window_in_days = 7
}
resource "aws_ecr_repository" "app" {
  name                 = "sitechat/probe"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true
  image_scanning_configuration { scan_on_push = true }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main.arn
  }
}
resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({ rules = [{
    rulePriority = 1, description = "untagged", action = { type = "expire" }
    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
  }] })
}
resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid = "pull", Effect = "Allow", Principal = { AWS = "arn:aws:iam::${local.account}:root" }, Action = ["ecr:BatchGetImage"]
  }] })
}
resource "aws_ecr_registry_scanning_configuration" "all" {
  scan_type = "ENHANCED"
  rule {
    scan_frequency = "SCAN_ON_PUSH"
    repository_filter {
      filter      = "*"
      filter_type = "WILDCARD"
    }
  }
}
resource "aws_ecr_replication_configuration" "all" {
  replication_configuration {
    rule {
      destination {
        region      = "eu-west-1"
        registry_id = local.account
      }
    }
  }
}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type = "Service"
      identifiers = [
        "ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com", "bedrock.amazonaws.com",
        "vpc-flow-logs.amazonaws.com", "config.amazonaws.com", "codedeploy.amazonaws.com", "cloudtrail.amazonaws.com",
      ]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}
resource "aws_iam_role" "task" {
  name                 = "probe-task"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}
resource "aws_iam_role_policy" "task" {
  name   = "inline"
  role   = aws_iam_role.task.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] })
}
resource "aws_iam_policy" "task" {
  name   = "probe-task"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "task" {
  role       = aws_iam_role.task.name
  policy_arn = aws_iam_policy.task.arn
}
resource "aws_iam_role_policy_attachment" "managed" {
  for_each = toset([
    "service-role/AmazonECSTaskExecutionRolePolicy", "AWSCodeDeployRoleForECS", "service-role/AWS_ConfigRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
  ])
  role       = aws_iam_role.task.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
resource "aws_iam_service_linked_role" "opensearch" {
  aws_service_name = "opensearchservice.amazonaws.com"
  description      = "Service-linked role for opensearchservice.amazonaws.com"
}
resource "aws_secretsmanager_secret" "api" {
  name                    = "probe/api"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
}
resource "aws_secretsmanager_secret_version" "api" {
  secret_id                = aws_secretsmanager_secret.api.id
  secret_string_wo         = "probe"
  secret_string_wo_version = 1
}
resource "aws_secretsmanager_secret_policy" "api" {
  secret_arn = aws_secretsmanager_secret.api.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Principal = { AWS = "arn:aws:iam::${local.account}:root" }, Action = "secretsmanager:GetSecretValue", Resource = "*"
  }] })
}
resource "aws_ssm_parameter" "p" {
  name  = "/probe/p"
  type  = "String"
  value = "x"
}
resource "aws_dynamodb_table" "lock" {
  name                        = "probe-lock"
  hash_key                    = "LockID"
  billing_mode                = "PAY_PER_REQUEST"
  deletion_protection_enabled = false
  attribute {
    name = "LockID"
    type = "S"
  }
  point_in_time_recovery { enabled = true }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.main.arn
  }
}
resource "aws_sqs_queue" "dead" {
  name                      = "probe-dead"
  message_retention_seconds = 1209600
  kms_master_key_id         = aws_kms_key.main.arn
}
