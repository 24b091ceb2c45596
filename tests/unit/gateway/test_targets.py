"""Which service has which path."""

import pytest

from services.gateway.proxy import Target, target_of


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/parties", "catalog"),
        ("/v1/products/prd_1/versions", "catalog"),
        ("/v1/dossiers", "verification"),
        ("/v1/recognition-rules/x", "verification"),
        ("/v1/meetings/mtg_1/check-in", "matching"),
        ("/v1/commitments/", "contracts"),
        ("/v1/products/../parked", "catalog"),
        ("/v1/products/a%2Fb", "catalog"),
    ],
)
def test_a_path_passes_unchanged_to_its_service(path: str, service: str) -> None:
    assert target_of(path) == Target(service, path)


@pytest.mark.parametrize("service", ["catalog", "verification", "matching", "contracts"])
def test_each_services_parked_records_are_reached_by_its_name(service: str) -> None:
    assert target_of(f"/v1/operations/{service}/parked") == Target(service, "/v1/parked")
    assert target_of(f"/v1/operations/{service}/parked/a:1:2/retry") == Target(service, "/v1/parked/a:1:2/retry")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v2/parties",
        "//v1/parties",
        "/v1/parked",
        "/v1/partiesx",
        "/v1/operations/catalog",
        "/v1/operations/catalog/parkedx",
        "/v1/operations/gateway/parked",
        "/v1/operations/catalog/products",
        "/v1/views/product/prd_1",
    ],
)
def test_other_paths_go_to_no_service(path: str) -> None:
    assert target_of(path) is None
