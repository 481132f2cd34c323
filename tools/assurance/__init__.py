"""Evidence about the gate: the security review, and security attributes flipped one at a time."""
