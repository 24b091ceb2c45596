"""Matching: events with their consultation days.

Owns:        series, events, drafts, repairs, participations, requests, meetings
Publishes:   matching.series.*, matching.event.*, matching.draft.*, matching.repair.*, matching.participation.*,
             matching.request.*, matching.consultation.*
Listens to:  contracts.contract.signed, catalog.party.activated / .restored / .closed; of its own, to carry on what
             touches many documents: matching.event.released, matching.event.cancelled, matching.event.table_closed,
             matching.event.part_planned / .part_changed, matching.participation.waitlisted,
             matching.participation.declined, matching.participation.withdrawn, matching.participation.absent,
             matching.participation.left, matching.request.accepted, matching.consultation.booked,
             matching.consultation.cancelled, matching.consultation.moved, matching.consultation.gave_way,
             matching.repair.applied, matching.repair.made_room; keeps copies of catalog parties, products and files
"""
