"""Commands, one per file. Each parses its options and calls the pipeline; heavy imports are inside functions."""
