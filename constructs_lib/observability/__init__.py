"""Log groups, topics, alarms, dashboards and budgets."""
