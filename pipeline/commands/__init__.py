"""One command a file. A command parses its options and calls the pipeline; heavy imports happen inside it."""
