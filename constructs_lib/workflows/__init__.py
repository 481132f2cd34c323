"""Ingestion: the bucket, ledger, functions and state machine that fill the search index."""
