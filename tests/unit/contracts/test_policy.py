import pytest

from services.contracts.app import create_app
from services.contracts.policy import POLICY
from services.contracts.settings import Settings
from shared.auth import Caller, allowed

EVERYBODY = {
    (kind, role)
    for kind in ("sme", "institution", "expert_institution", "investor", "operator", "ministry")
    for role in ("manager", "signer", "staff", "erp")
} | {("", "")}
BUYERS = {each for each in EVERYBODY if each[0] == "institution"}
FIRMS = {each for each in EVERYBODY if each[0] == "sme"}
SIGNERS = {(kind, role) for kind in ("institution", "sme") for role in ("manager", "signer")}
OPERATORS = {each for each in EVERYBODY if each[0] == "operator"}

MATRIX = {
    "draft_contract": BUYERS,
    "list_contracts": EVERYBODY,
    "get_contract": EVERYBODY,
    "offer_contract": BUYERS,
    "sign_contract": SIGNERS,
    "deliver_contract": FIRMS,
    "accept_contract": BUYERS,
    "pay_contract": BUYERS,
    "complete_contract": BUYERS,
    "cancel_contract": BUYERS | FIRMS,
    "terminate_contract": BUYERS | FIRMS,
    "promise_commitment": BUYERS,
    "list_commitments": EVERYBODY,
    "get_commitment": EVERYBODY,
    "explain_commitment": BUYERS,
    "release_commitment": FIRMS | OPERATORS,
}


@pytest.mark.parametrize("operation", MATRIX)
def test_the_policy_allows_an_operation_to_these_and_nobody_else(operation: str) -> None:
    may = {
        (kind, role)
        for kind, role in EVERYBODY
        if allowed(POLICY, operation, Caller("prs_1", "pty_1", kind, frozenset({role})))
    }

    assert may == MATRIX[operation]


def test_every_operation_is_in_the_policy_and_described_with_an_example() -> None:
    settings = Settings(
        mongo_uri="mongodb://127.0.0.1:1",
        kafka_bootstrap="127.0.0.1:1",
        jwks_uri="file:///nowhere",
        cursor_secret="0123456789abcdef",  # noqa: S106
    )

    schema = create_app(settings).openapi()

    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    ours = [operation for operation in operations if operation["tags"] != ["operations"]]
    assert {operation["operationId"] for operation in ours} == set(POLICY) == set(MATRIX)
    assert all(operation["description"] for operation in operations)
    views = ("ContractView", "ContractPage", "CommitmentView", "CommitmentPage")
    assert all("example" in schema["components"]["schemas"][view] for view in views)
