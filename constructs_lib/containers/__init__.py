"""ECR and ECS: repository, cluster, task definition, service, autoscaling."""
