"""The service over real HTTP, and what is behind it."""
