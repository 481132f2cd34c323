"""IAM: policy documents, grants by intent, service roles."""
