"""Hostile input: one table of what is sent and how it must be answered."""
