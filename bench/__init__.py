"""``make bench``: what a synth, a scan and an added resource cost, measured side by side in one run."""
