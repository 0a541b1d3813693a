"""Settings: the configuration file, the environment, and what is told of them."""
