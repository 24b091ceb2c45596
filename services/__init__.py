"""The market's services; each owns its collections and speaks to the others by events alone."""
