"""Which codes and units of a site no rule understands, and what they might be."""
