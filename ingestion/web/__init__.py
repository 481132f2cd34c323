"""Pages from outside: `visiting.Visitor.visit` fetches one within every rule; `extraction.read_page` gives its text."""
