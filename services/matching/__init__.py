"""Matching: events with their consultation days, and the help desk."""
