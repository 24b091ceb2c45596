"""The timetable and the signs of the tables as PDF, for those who may have them."""

import json

from tests.component.matching.fair import OPERATOR, Fair
from tests.component.matching.printed import a_day
from tests.printed import fonts, lines


async def pdf(fair: Fair, event: str, what: str, by: str) -> bytes:
    async with fair.http.get(f"{fair.service.url}/v1/events/{event}/{what}.pdf", headers=fair.headers(by)) as response:
        assert response.status == 200, await response.text()
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["Cache-Control"] == "private, no-cache"
        return await response.read()


async def test_the_operator_prints_every_meeting_that_stands_and_a_party_its_own(fair: Fair) -> None:
    day = await a_day(fair)
    first, second, third = day.times
    [stranger] = await fair.parties(1, "sme")

    [all_of_it] = lines(await pdf(fair, day.event, "timetable", OPERATOR))
    [own] = lines(await pdf(fair, day.event, "timetable", day.firms[1]))
    [nobodys] = lines(await pdf(fair, day.event, "timetable", stranger))

    assert all_of_it[0] == "상담회"
    assert all_of_it[4:8] == [
        f"=SUM(1) 2 {second} {third} 1 한빛 예약",
        f"나래; 정밀 1 {first} {second} 3 한빛 예약",
        f"한빛 1 {first} {second} 3 나래; 정밀 예약",
        f"2 {second} {third} 1 =SUM(1) 예약",
    ]
    assert own[4] == f"나래; 정밀 1 {first} {second} 3 한빛 예약"
    assert not any("=SUM(1)" in line for line in own)
    assert nobodys.count("상담이 없습니다") == 3


async def test_the_operator_alone_prints_the_signs_of_the_tables(fair: Fair) -> None:
    day = await a_day(fair)
    first, second, third = day.times

    content = await pdf(fair, day.event, "table-signs", OPERATOR)
    signs = lines(content)
    url = f"{fair.service.url}/v1/events/{day.event}/table-signs.pdf"
    async with fair.http.get(url, headers=fair.headers(day.firms[0])) as response:
        refused = (response.status, json.loads(await response.read())["rule"])

    assert [page[3] for page in signs] == ["1", "2", "3", "4"]
    assert signs[0][5:7] == ["시간 기업", f"{second} ~ {third} =SUM(1)"]
    assert signs[2][5:7] == ["시간 기업", f"{first} ~ {second} 나래; 정밀"]
    assert all(embedded for _, embedded in fonts(content))
    assert refused == (403, "operation.not_allowed")
