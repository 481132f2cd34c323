"""Who watches the account: trail, detectors, recorders, and the ways their findings take to people."""
