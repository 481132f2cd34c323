"""Runs of ingestion, started and followed, their state, and the way back. Begin with `places.find_ingestion`."""
