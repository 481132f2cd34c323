"""``make bench``: time and memory of a synth, a scan and an added resource, measured side by side in one run."""
