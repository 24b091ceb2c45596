"""Search over what is listed: an index private to each process, built from documents and kept up by their events."""
