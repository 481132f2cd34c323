"""Inside of `local_aws.traffic.network`, which is the entrance."""
