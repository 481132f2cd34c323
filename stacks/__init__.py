"""The layers, one a file: a stack wires constructs together and publishes its Outputs."""
