"""Tests of the rules, of the service and of the project itself."""
