"""The functions that try new tasks before a visitor reaches them: `outer` answers CodeDeploy, `inner` asks the tasks.

A function inside the VPC could not answer CodeDeploy without a NAT gateway or a paid endpoint, and one outside can't
reach the internal load balancer.
"""
