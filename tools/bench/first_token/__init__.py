"""How much later the first token of an answer comes through the data plane than from the task itself."""
