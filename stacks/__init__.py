"""The layers, one file each: a stack wires constructs together and publishes its Outputs."""
