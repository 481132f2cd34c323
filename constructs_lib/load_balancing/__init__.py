"""The internal application load balancer."""
