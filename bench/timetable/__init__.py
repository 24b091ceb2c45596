"""The timetable engine against what is published, a naive model, and who comes first on made-up days."""
