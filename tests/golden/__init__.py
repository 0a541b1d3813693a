"""Golden cards: what a clinician reads for each story, reviewed like prose."""
