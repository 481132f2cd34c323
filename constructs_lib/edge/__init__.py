"""CloudFront in front of an internal load balancer, and WAF in front of CloudFront."""
