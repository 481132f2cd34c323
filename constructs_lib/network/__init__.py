"""VPC, subnets, routes, endpoints, network ACLs, security groups and flow logs."""
