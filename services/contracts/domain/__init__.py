"""The rules of contracts and commitments: pure decisions, no I/O, no clock."""
