"""What isn't known of CloudWatch here."""

from __future__ import annotations


class UnknownMetricError(Exception):
    """A metric, statistic, expression or alarm that can't be evaluated as CloudWatch would; the text names it."""
