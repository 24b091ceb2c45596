"""Contracts: what the two sides sign after they have met, and the promises to buy that are followed until kept.

Owns:        contracts (with their signatures and payments inside), commitments
Publishes:   contracts.contract.*, contracts.signature.given, contracts.commitment.*
Listens to:  catalog.party.closed; its own contracts.contract.signed / .terminated, which add up against commitments;
             keeps copies of parties, products and meetings to check every gate
"""
