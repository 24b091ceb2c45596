"""What every service stands on: the write path, events, edges. No business word outside `events`."""
