"""The catalog: who takes part in the market, and what is listed there.

Owns:        parties, members, products (a product keeps its immutable versions inside itself), field schemas,
             shortlists, files, imports
Publishes:   catalog.party.*, catalog.member.*, catalog.product.*, catalog.field_schema.*, catalog.shortlist.*,
             catalog.file.*, catalog.import.*
Listens to:  verification.product.verified, verification.certificate.expired / .revoked / .renewed,
             verification.dossier.submitted / .closed, catalog.party.activated / .restored / .closed,
             catalog.product.drafted / .edited / .listed / .revised / .withdrawn / .rejected / .revision_requested;
             matching.event.part_planned / .part_changed / .part_withdrawn, for the documents of talks;
             keeps copies of contracts for each product's purchase record, of matching's participations and requests
             for suggestions
"""
