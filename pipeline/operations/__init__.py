"""What people do beside deployments: give secrets their values, push images."""
