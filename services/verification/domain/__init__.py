"""What verification decides: pure, without I/O, clock or ids of its own."""
