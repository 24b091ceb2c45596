"""Field tests over HTTP: criteria said before, values held against them, shown to the firm."""

from tests.component.verification.office import Office, officer, seller

TURBIDITY = {"code": "turbidity", "title": "처리수 탁도", "unit": "NTU", "most": 0.5}


async def test_a_field_test_passes_only_on_what_it_was_ordered_to_measure(office: Office) -> None:
    firm, product, (institution,) = await office.given_a_case()
    _, (review,) = await office.submitted(firm, product, [institution])
    by = officer(institution)
    await office.done(f"/reviews/{review}/assignment", by, {})
    await office.convened(institution, review)
    order = {"place": "대전 정수장", "planned_for": "2027-01-15", "criteria": [TURBIDITY]}
    good = {"passed": True, "report": "기준 만족", "measured": {"turbidity": 0.31}}
    orders, reports = f"/reviews/{review}/inspection", f"/reviews/{review}/inspection-report"

    boundless = await office.post(orders, by, order | {"criteria": [{"code": "noise", "title": "소음"}]})
    await office.done(orders, by, order)
    values: list[object] = [0.9, "0.31", True, float("nan")]
    measured = [{}, *({"turbidity": value} for value in values)]
    refused = [await office.post(reports, by, good | {"measured": each}) for each in measured]
    failed = await office.done(reports, by, good | {"passed": False, "measured": {"turbidity": 0.9}})
    await office.done(orders, by, order)
    await office.done(reports, by, good)
    shown = (await office.get(f"/reviews/{review}", seller(firm))).body

    assert (boundless.status, boundless.body["rule"]) == (422, "inspection.bounds")
    assert boundless.body["errors"][0]["pointer"] == "/criteria/0"
    assert [(each.status, each.body["rule"]) for each in refused] == [
        (422, "inspection.values_incomplete"),
        (422, "inspection.criterion_unmet"),
        (422, "request.invalid"),
        (422, "request.invalid"),
        (422, "request.invalid"),
    ]
    assert (failed["status"], failed["inspections"][0]["passed"]) == ("committee", False)
    assert [each["measured"] for each in shown["inspections"]] == [
        [{"code": "turbidity", "value": 0.9, "met": False}],
        [{"code": "turbidity", "value": 0.31, "met": True}],
    ]
    assert shown["inspections"][1]["criteria"][0]["most"] == 0.5
