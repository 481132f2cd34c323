"""The sections of an environment file, one table a module."""
