"""The gateway: the one door to the market, and what is only seen when the services are put side by side.

Owns:        rows of the views of products and meetings and of the board of a market day, kept from events
Publishes:   nothing
Listens to:  the states of parties, products, certificates, meetings, contracts and, for what became of a meeting,
             requests for the views, of events, participations and meetings for the board; all events for the live feed
             and the board
Passes on:   everything else under /v1 to catalog, verification, matching and contracts
"""
