"""The whole market on one machine without Docker: what `make demo`, `make up` and the tests start."""
