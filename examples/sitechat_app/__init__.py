"""Answers questions about a web site: the reference application for the environment this project builds."""
