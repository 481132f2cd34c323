"""Code of the function that asks the site what a visitor asks, and writes what became of it as metrics."""
