"""The OpenSearch domain and what finishes it from inside the VPC."""
