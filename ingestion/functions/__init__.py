"""One module a function, each with its entry point `handle(event, context)` and a role of its own."""
