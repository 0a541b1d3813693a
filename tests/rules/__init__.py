"""The machinery of the rules: tables, codes, units, words, and what holds for every criterion."""
