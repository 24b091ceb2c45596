"""Who may do what with contracts and commitments. Whose they are is for the routes to say."""

from shared.auth import ANYONE, Policy

BUYER = ("institution",)
FIRM = ("sme",)
SIDES = ("institution", "sme")
SIGNERS = ("institution:signer", "institution:manager", "sme:signer", "sme:manager")

POLICY: Policy = {
    "draft_contract": BUYER,
    "list_contracts": ANYONE,
    "get_contract": ANYONE,
    "offer_contract": BUYER,
    "sign_contract": SIGNERS,
    "deliver_contract": FIRM,
    "accept_contract": BUYER,
    "pay_contract": BUYER,
    "complete_contract": BUYER,
    "cancel_contract": SIDES,
    "terminate_contract": SIDES,
    "promise_commitment": BUYER,
    "list_commitments": ANYONE,
    "get_commitment": ANYONE,
    "explain_commitment": BUYER,
    "release_commitment": ("sme", "operator"),
}
