"""Code of the function that keeps alarms on a model's quota true."""
