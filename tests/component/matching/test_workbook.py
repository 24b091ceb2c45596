"""The timetable as an Excel workbook, read back by another library."""

from io import BytesIO

from python_calamine import CalamineWorkbook

from services.matching.agenda import BY_HOUR, BY_PARTY, BY_TABLE
from tests.component.matching.fair import OPERATOR, Fair
from tests.component.matching.printed import a_day

Rows = list[list[object]]


async def workbook(fair: Fair, event: str, by: str) -> tuple[str, dict[str, Rows]]:
    url = f"{fair.service.url}/v1/events/{event}/timetable.xlsx"
    async with fair.http.get(url, headers=fair.headers(by)) as response:
        assert response.status == 200, await response.text()
        book = CalamineWorkbook.from_filelike(BytesIO(await response.read()))
        return response.headers["Content-Type"], {
            name: [list(row) for row in book.get_sheet_by_name(name).to_python()] for name in book.sheet_names
        }


async def test_the_operator_gets_every_standing_meeting_by_party_by_table_and_by_hour(fair: Fair) -> None:
    day = await a_day(fair)
    first, second, third = day.times

    kind, sheets = await workbook(fair, day.event, OPERATOR)

    assert kind == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert first == "10:00"
    assert sheets == {
        "참가자별": [
            [*BY_PARTY],
            ["=SUM(1)", 2, second, third, 1, "한빛", "예약"],
            ["나래; 정밀", 1, first, second, 3, "한빛", "예약"],
            ["한빛", 1, first, second, 3, "나래; 정밀", "예약"],
            ["한빛", 2, second, third, 1, "=SUM(1)", "예약"],
        ],
        "테이블별": [
            [*BY_TABLE],
            [1, 2, second, third, "=SUM(1)", "한빛", "예약"],
            [3, 1, first, second, "나래; 정밀", "한빛", "예약"],
        ],
        "시간별": [
            [*BY_HOUR],
            [1, first, second, 3, "나래; 정밀", "한빛", "예약"],
            [2, second, third, 1, "=SUM(1)", "한빛", "예약"],
        ],
    }


async def test_a_party_gets_its_own_rows_only(fair: Fair) -> None:
    day = await a_day(fair)
    first, second, _ = day.times
    [stranger] = await fair.parties(1, "sme")

    _, own = await workbook(fair, day.event, day.firms[1])
    _, nobodys = await workbook(fair, day.event, stranger)

    assert own["참가자별"][1:] == [["나래; 정밀", 1, first, second, 3, "한빛", "예약"]]
    assert [len(rows) for rows in own.values()] == [2, 2, 2]
    assert [len(rows) for rows in nobodys.values()] == [1, 1, 1]
