"""How the market is brought up: on one machine (local), in containers, in a cluster."""
