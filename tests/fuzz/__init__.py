"""Fuzzing of the running service from its own description; not collected by pytest."""
