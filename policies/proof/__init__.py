"""Proofs over the synthesised layers of an environment: permissions, network paths and regions."""
