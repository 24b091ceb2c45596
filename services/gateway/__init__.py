"""The gateway: the one door to the market, and what is only seen when the services are put side by side.

Owns:        rows of the product view, kept from events
Publishes:   nothing
Listens to:  the states of parties, products, certificates, meetings and contracts for the product view;
             all events for the live feed
Passes on:   everything else under /v1 to catalog, verification, matching and contracts
"""
