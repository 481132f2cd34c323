"""Finishes a new OpenSearch domain, with what Lambda's runtime brings: the standard library and botocore."""
