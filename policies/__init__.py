"""What is refused and what is accepted: our own rules, and the waivers of findings with their reasons."""
