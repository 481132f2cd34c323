"""Manual operations beside deployments: set values of secrets, push images."""
