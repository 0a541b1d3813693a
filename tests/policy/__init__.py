"""A site's policy: what it may set, what it never can, and how it is read."""
