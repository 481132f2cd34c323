"""Rights of whoever deploys: what Terraform asks of AWS for each resource type, as IAM policies. See README.md."""
