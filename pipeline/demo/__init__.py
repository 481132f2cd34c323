"""`make demo`: a whole environment in the emulated AWS, filled with the pages of a small site, asked a question."""
