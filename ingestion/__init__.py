"""Pages of configured sources become passages of the search index: the code of the functions that do it."""
