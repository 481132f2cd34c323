resource "aws_bedrock_guardrail" "chat" {
  name                      = "probe"
  description               = "probe"
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
  kms_key_arn               = aws_kms_key.main.arn
  content_policy_config {
    filters_config {
      type            = "HATE"
      input_strength  = "HIGH"
      output_strength = "HIGH"
    }
    filters_config {
      type            = "PROMPT_ATTACK"
      input_strength  = "HIGH"
      output_strength = "NONE"
    }
  }
  contextual_grounding_policy_config {
    filters_config {
      type      = "GROUNDING"
      threshold = 0.7
    }
  }
  sensitive_information_policy_config {
    pii_entities_config {
      type   = "EMAIL"
      action = "ANONYMIZE"
    }
    regexes_config {
      name        = "ticket"
      description = "ticket numbers"
      pattern     = "T-[0-9]{6}"
      action      = "BLOCK"
    }
  }
  topic_policy_config {
    topics_config {
      name       = "legal"
      type       = "DENY"
      definition = "Legal advice"
      examples   = ["Can I sue?"]
    }
  }
  word_policy_config {
    managed_word_lists_config { type = "PROFANITY" }
    words_config { text = "forbidden" }
  }
}
resource "aws_bedrock_guardrail_version" "chat" {
  guardrail_arn = aws_bedrock_guardrail.chat.guardrail_arn
  description   = "1"
  skip_destroy  = false
}
resource "aws_bedrock_model_invocation_logging_configuration" "main" {
  logging_config {
    text_data_delivery_enabled      = true
    image_data_delivery_enabled     = false
    embedding_data_delivery_enabled = false
    cloudwatch_config {
      log_group_name = aws_cloudwatch_log_group.app.name
      role_arn       = aws_iam_role.task.arn
    }
  }
}
resource "aws_lambda_function" "worker" {
  function_name                  = "probe-worker"
  role                           = aws_iam_role.task.arn
  runtime                        = "python3.12"
  architectures                  = ["arm64"]
  handler                        = "worker.handler"
  filename                       = "${path.module}/worker.zip"
  source_code_hash               = filebase64sha256("${path.module}/worker.zip")
  timeout                        = 30
  memory_size                    = 256
  reserved_concurrent_executions = 5
  kms_key_arn                    = aws_kms_key.main.arn
  environment { variables = { A = "b" } }
  tracing_config { mode = "Active" }
  dead_letter_config { target_arn = aws_sqs_queue.dead.arn }
  vpc_config {
    subnet_ids         = [aws_subnet.private["a"].id]
    security_group_ids = [aws_security_group.tasks.id]
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.app.name
  }
}
resource "aws_lambda_permission" "sns" {
  statement_id   = "sns"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.worker.function_name
  principal      = "sns.amazonaws.com"
  source_arn     = aws_sns_topic.alarms.arn
  source_account = local.account
}
resource "aws_lambda_invocation" "once" {
  function_name = aws_lambda_function.worker.function_name
  input         = jsonencode({ hello = "probe" })
}
resource "aws_sfn_state_machine" "ingest" {
  name     = "probe-ingest"
  role_arn = aws_iam_role.task.arn
  definition = jsonencode({ StartAt = "Work", States = { Work = {
    Type       = "Task", Resource = "arn:aws:states:::lambda:invoke", End = true
    Parameters = { FunctionName = aws_lambda_function.worker.arn, "Payload.$" = "$" }
  } } })
  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.app.arn}:*"
    include_execution_data = false
    level                  = "ERROR"
  }
  tracing_configuration { enabled = true }
  encryption_configuration {
    type                              = "CUSTOMER_MANAGED_KMS_KEY"
    kms_key_id                        = aws_kms_key.main.arn
    kms_data_key_reuse_period_seconds = 900
  }
}
