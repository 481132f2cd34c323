"""Auditing of the account: trail, detectors, recorders, and the routes of their findings to people."""
