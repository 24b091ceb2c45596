"""Reviews over HTTP: from an opened review to a decision, an appeal or a recognition."""
