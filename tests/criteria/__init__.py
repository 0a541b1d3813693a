"""One table per criterion, read from the rule book and from nothing else."""
