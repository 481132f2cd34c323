"""What the gate vouches for: positive lists of types, blocks and resources. Anything else is refused."""
