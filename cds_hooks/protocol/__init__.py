"""The words of CDS Hooks 2.0.1: requests, cards, discovery. Knows nothing of the rules."""
