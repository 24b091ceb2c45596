"""The consultation day's timetable: who meets whom, in which slot, at which table."""
