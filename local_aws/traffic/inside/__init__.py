"""Connections that functions inside a VPC make to load balancers: `InsideDoor`."""

from __future__ import annotations

from local_aws.traffic.inside.door import InsideDoor

__all__ = ["InsideDoor"]
