"""Plan one layer of a wave: for real, or as a preview against placeholders."""
