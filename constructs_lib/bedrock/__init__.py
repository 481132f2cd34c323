"""Bedrock: access to named models, the guardrail, invocation logging."""
