"""The clinical rules: pure, typed, standard library only. Start at `rules.assess`."""
