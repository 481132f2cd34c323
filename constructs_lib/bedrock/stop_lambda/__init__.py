"""Code of the function that stops the model of an environment."""
