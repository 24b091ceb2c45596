"""Matching: events with their consultation days.

Owns:        events, participations, requests, meetings
Publishes:   matching.event.*, matching.participation.*, matching.request.*, matching.consultation.*
Listens to:  contracts.contract.signed; its own events, which carry on what touches many documents: a released
             timetable, a place or a slot given back; keeps copies of catalog parties and products
"""
