"""Terraform as a child process: output streamed, time limited, never killed, its errors converted to SitechatError."""

from __future__ import annotations

from pipeline.terraform.command import Terraform
from pipeline.terraform.process import forwarding_interrupts

__all__ = ["Terraform", "forwarding_interrupts"]
