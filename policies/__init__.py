"""Rules of the scan gate: our own checks and proofs, and the waivers of accepted findings."""
