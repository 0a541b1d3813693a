"""What the clinician reads: which card, in which words, with which suggestion."""
