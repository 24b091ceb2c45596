"""A published brokerage day, from its file to the outcomes of its meetings, through the gateway."""

import asyncio
from datetime import UTC, datetime

from cli.api import OPERATOR, Json, market_at
from cli.enrolling import manager
from deploy.local.stack import Stack
from tests.component.cli.running import CHECKOUT, data, market
from tests.flow.walk import Walk

PUBLISHED = CHECKOUT / "tests" / "data" / "b2b" / "cp2014-v2" / "extra" / "dadesF2014-16r-4t-25e.dzn"
DISCUSSED, ARRANGED = 40_000_000, 25_000_000


async def test_a_published_day_goes_from_its_file_to_the_outcomes_of_its_meetings(stack: Stack) -> None:
    imported = market("day", "import", str(PUBLISHED), "--url", stack.url, "--json")
    assert imported.returncode == 0, imported.stderr
    day = data(imported)
    assert day["held"]
    assert (day["filed"], day["placed"], day["meetings_of_absent_parties"]) == (15, 15, 0)
    assert day["score"]["value"] == day["score"]["most_value"]
    assert day["score"]["gaps"] >= day["score"]["least_gaps"]
    assert "absences: 6" in imported.stderr
    assert day["carried"] == {"slots that participants cannot use": 17, "meetings of one half of the day": 4}
    assert (day["meetings_out_of_their_half"], day["not_carried"]) == (0, [])
    event = day["event"]
    async with market_at(stack.url) as opened:
        walk = Walk(opened, f"published day {datetime.now(UTC)}")
        present = await opened.all(OPERATOR, "/v1/participations", event=event)
        people = {each["party"]: manager(each["party_kind"], each["party"], each["party"]) for each in present}
        placed = await opened.all(OPERATOR, "/v1/meetings", event=event)
        path = f"/v1/events/{event}"
        await walk.post(OPERATOR, f"{path}/advancement", {"status": "running"})

        async def meet(meeting: Json) -> None:
            firm, host = (people[meeting[side]] for side in ("firm", "institution"))
            at = f"/v1/meetings/{meeting['id']}"
            for person in (firm, host):
                await walk.post(person, f"{at}/check-in", {})
            await walk.post(host, f"{at}/end")
            outcome = {"discussed": str(DISCUSSED), "being_arranged": str(ARRANGED), "contracted": "0"}
            for person in (firm, host):
                await walk.post(person, f"{at}/outcome", outcome | {"next_step": "quotation"})

        [missed, *met] = placed
        await asyncio.gather(*(meet(each) for each in met))
        await walk.post(OPERATOR, f"/v1/meetings/{missed['id']}/absence", {"absent": [missed["firm"]]})
        for status in ("closed", "reported"):
            await walk.post(OPERATOR, f"{path}/advancement", {"status": status})

        ledger = await walk.read(OPERATOR, f"{path}/ledger")
        lineage = await walk.read(OPERATOR, f"{path}/lineage")
        now = await opened.all(OPERATOR, "/v1/meetings", event=event)

    assert len(placed) == 15
    assert ledger["by_status"] == {"placed": 15}
    assert {line["meeting"] for line in ledger["lines"]} == {each["id"] for each in placed}
    statuses = {each["id"]: each["status"] for each in now}
    assert statuses == {each["id"]: "reported" for each in met} | {missed["id"]: "no_show"}
    assert lineage["meetings"] == {"reported": 14, "no_show": 1}
    figures = {"discussed": str(14 * DISCUSSED), "being_arranged": str(14 * ARRANGED), "contracted": "0"}
    assert figures.items() <= lineage["reported_by_firms"].items() & lineage["reported_by_institutions"].items()
