"""Verification: institutions look at a firm's product version and certify it, or say why not.

Owns:        dossiers, reviews, certificates, rule sets, recognition rules
Publishes:   verification.dossier.*, verification.review.*, verification.product.verified,
             verification.certificate.*, verification.recognition_rule.*, verification.rule_set.*
Listens to:  catalog.party.closed; its own dossier.submitted, review.decided / .recognised / .ended, product.verified
             and certificate.revoked (the steps of a dossier, see subscribers.py); keeps copies of the catalog's
             parties and products and of the contracts made about them
"""
