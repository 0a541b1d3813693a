"""The recipe of the container image, and the example of how it is run."""
