"""Terraform as a child process: streamed, bounded in time, interrupted gently, its errors turned into ours."""

from __future__ import annotations

from pipeline.terraform.command import Terraform
from pipeline.terraform.process import forwarding_interrupts

__all__ = ["Terraform", "forwarding_interrupts"]
