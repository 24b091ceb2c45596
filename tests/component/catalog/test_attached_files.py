"""Files of products: a version refers to them, keeps them, and shows them to whoever may read it."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.servers import Kafka
from services.catalog.domain.file import File
from shared.events.matching import EventPartChanged, EventPartEvent, EventPartPlanned, EventPartWithdrawn
from shared.store import Store
from shared.timers import tick
from tests.component.catalog.conftest import Caller, Catalog, a_content, bring, certify, comes_to
from tests.component.records import record_of, tell
from tests.component.shared.reading import until
from tests.evidence import PNG, a_pdf, a_png

BUYER, RIVAL = ("pty_kwater", "institution"), ("pty_rival", "sme")
NOBODYS = "fil_nobody"


async def a_file(owner: Caller, mark: str = "a") -> str:
    brought = await bring(owner, a_pdf(mark=mark))
    assert brought.status == 201, brought
    return str(brought.body["id"])


def named(file: str, role: str = "test_report") -> dict[str, str]:
    return {"file": file, "role": role}


async def is_used(files: Store[File], file: str, *, used: bool = True) -> None:
    async def so() -> bool:
        return bool((await files.load(file)).used_by) == used

    await until(so)


async def statuses(path: str, *callers: Caller) -> list[int]:
    return [(await each.ask("GET", path)).status for each in callers]


async def test_a_version_has_its_files_and_shows_them_once_it_is_public(
    catalog: Catalog, files: Store[File], kafka: Kafka
) -> None:
    firm = await catalog.a_firm()
    owner, buyer, rival = (catalog.caller(each) for each in ((firm, "sme"), BUYER, RIVAL))
    report = await a_file(owner)
    photograph = (await bring(owner, a_png(), PNG, "사진.png")).body["id"]
    content = a_content(files=[named(report), named(photograph, "photograph")])

    product = await catalog.a_product(firm, content=content)
    path = f"/v1/files/{report}/content"
    await is_used(files, report)
    while_draft = await statuses(path, owner, catalog.operator, buyer, rival, catalog.caller())
    assert (await owner.ask("POST", f"/v1/products/{product}/registration")).status == 200
    while_registered = await statuses(path, owner, buyer, rival, catalog.caller())
    await certify(kafka, product, firm)
    await comes_to(catalog, product, "listed")
    saved = await catalog.caller().ask("GET", path)

    assert while_draft == [200, 200, 404, 404, 404]
    assert while_registered == [200, 200, 404, 404]
    assert (saved.status, saved.body) == (200, a_pdf(mark="a"))
    assert saved.headers["content-disposition"].startswith("attachment")
    shown = (await rival.ask("GET", f"/v1/products/{product}")).body["files"]
    about = (await owner.ask("GET", f"/v1/files/{report}")).body
    facts = {each: about[each] for each in ("name", "media_type", "size", "sha256")}
    assert shown[0] == named(report) | facts
    assert [each["role"] for each in shown] == ["test_report", "photograph"]
    assert about["unused_until"] is None


async def test_what_a_revision_proposes_stays_hidden_and_what_it_leaves_out_stays_readable(
    catalog: Catalog, files: Store[File], kafka: Kafka
) -> None:
    firm = await catalog.a_firm()
    owner = catalog.caller((firm, "sme"))
    old, new, brochure = [await a_file(owner, mark) for mark in ("old", "new", "brochure")]
    content = a_content(files=[named(old)])
    product = await catalog.a_product(firm, "registration", content=content)
    await certify(kafka, product, firm)
    await comes_to(catalog, product, "listed")

    revision = f"/v1/products/{product}/revision"
    small = await owner.ask("POST", revision, content | {"files": [named(old), named(brochure, "brochure")]})
    material = await owner.ask("POST", revision, content | {"files": [named(new)]})
    await is_used(files, new)
    await is_used(files, brochure)
    changed = await owner.ask("GET", f"/v1/products/{product}/versions/3/changes?since=2")

    assert (small.body["version"], small.body["proposed_version"]) == (2, None)
    assert (material.body["version"], material.body["proposed_version"]) == (2, 3)
    assert changed.body["material"] is True
    differences = {each["field"]: (each["before"], each["after"]) for each in changed.body["items"]}
    assert differences.keys() == {f"/files/{each}" for each in (old, new, brochure)}
    assert differences[f"/files/{new}"][0] is None
    assert differences[f"/files/{new}"][1]["role"] == "test_report"
    assert differences[f"/files/{brochure}"][1] is None
    for file, status in ((old, 200), (brochure, 200), (new, 404)):
        assert await statuses(f"/v1/files/{file}/content", catalog.caller()) == [status]


async def test_a_file_stays_while_a_version_refers_to_it(catalog: Catalog, files: Store[File]) -> None:
    firm = await catalog.a_firm()
    owner = catalog.caller((firm, "sme"))
    report = await a_file(owner)
    content = a_content(files=[named(report)])
    product = await catalog.a_product(firm, content=content)
    await is_used(files, report)

    await tick(files, datetime.now(UTC) + timedelta(days=30))
    kept = await owner.ask("GET", f"/v1/files/{report}/content")
    edited = await owner.ask("PUT", f"/v1/products/{product}/draft", content | {"files": []})
    await is_used(files, report, used=False)
    let_go = (await owner.ask("GET", f"/v1/files/{report}")).body["unused_until"]
    await tick(files, datetime.now(UTC) + timedelta(days=8))
    gone = await owner.ask("GET", f"/v1/files/{report}/content")

    assert (kept.status, edited.status) == (200, 200)
    assert datetime.fromisoformat(let_go) > datetime.now(UTC) + timedelta(days=6)
    assert (gone.status, gone.body["rule"]) == (404, "file.removed")


async def test_a_file_is_named_or_removed_and_never_both(catalog: Catalog, files: Store[File]) -> None:
    owner = catalog.caller((await catalog.a_firm(), "sme"))
    brought = [await a_file(owner, str(each)) for each in range(8)]
    # As if a week had passed but for a moment: what is named now has another one, and is not removed then.
    week_over = datetime.now(UTC) + timedelta(days=7)

    async def draft(file: str) -> Any:
        content = a_content(files=[named(file)])
        return await owner.ask("POST", "/v1/products", {"product_kind": "technology", "content": content})

    async def remove() -> None:
        await asyncio.sleep(0.01)
        await tick(files, week_over)

    drafted, *_ = await asyncio.gather(asyncio.gather(*map(draft, brought)), remove(), remove())

    for file, answer in zip(brought, drafted, strict=True):
        removed = (await files.load(file)).status == "removed"
        assert answer.status == (422 if removed else 201), answer.body


async def test_only_ones_own_files_are_named_each_once(catalog: Catalog, files: Store[File]) -> None:
    owner, rival = catalog.caller((await catalog.a_firm(), "sme")), catalog.caller(RIVAL)
    gone = await a_file(owner)
    await tick(files, datetime.now(UTC) + timedelta(days=8))
    own, others = await a_file(owner), await a_file(rival)

    async def draft(*content: dict[str, str]) -> Any:
        body = {"product_kind": "technology", "content": a_content(files=content)}
        return await owner.ask("POST", "/v1/products", body)

    for file in (NOBODYS, others, gone):
        refused = await draft(named(own), named(file))
        assert (refused.status, refused.body["rule"]) == (422, "file.not_yours")
        assert refused.body["errors"][0]["pointer"] == "/content/files/1/file"
    twice = await draft(named(own), named(own, "drawing"))
    assert (twice.status, twice.body["rule"]) == (422, "file.named_twice")
    assert twice.body["errors"][0]["pointer"] == "/content/files/1/file"
    for wrong in ([named(own, "poster")], [named("../x")], [named(own) | {"name": "x"}]):
        refused = await draft(*wrong)
        assert (refused.status, refused.body["rule"]) == (422, "request.invalid")


async def test_the_document_of_a_talk_is_for_everybody_until_the_talk_is_withdrawn(
    catalog: Catalog, files: Store[File], kafka: Kafka
) -> None:
    owner, rival = catalog.caller(BUYER), catalog.caller(RIVAL)
    criteria = await a_file(owner, "criteria")
    paths = [f"/v1/files/{criteria}/content"]
    before = await statuses(paths[0], owner, rival)

    async def tell_part(sequence: int, happened: type[EventPartEvent], document: str, former: str = "") -> None:
        part = {
            "number": 1,
            "part_kind": "purchasing_policy_talk",
            "title": "구매 정책",
            "starts_at": datetime.now(UTC),
            "ends_at": datetime.now(UTC),
            "document": document,
            "status": "withdrawn" if happened is EventPartWithdrawn else "planned",
            "changed_at": datetime.now(UTC),
        }
        said = {"at": datetime.now(UTC), "event": event, "part": part, "former_document": former}
        await tell(kafka.bootstrap, [record_of(happened.model_validate(said), event, sequence)])

    async def is_shown(file: str, *, shown: bool = True) -> None:
        async def so() -> bool:
            return bool((await files.load(file)).shown_at) == shown

        await until(so)

    event = f"evt_{secrets.token_hex(6)}"
    await tell_part(1, EventPartPlanned, criteria)
    await is_shown(criteria)
    await tick(files, datetime.now(UTC) + timedelta(days=30))
    while_planned = await statuses(paths[0], owner, rival)
    newer = await a_file(owner, "newer criteria")
    paths.append(f"/v1/files/{newer}/content")
    await tell_part(2, EventPartChanged, newer, criteria)
    await is_shown(newer)
    await is_shown(criteria, shown=False)
    changed = [await statuses(path, rival) for path in paths]
    await tell_part(3, EventPartWithdrawn, newer, newer)
    await is_shown(newer, shown=False)

    assert (before, while_planned, changed) == ([200, 404], [200, 200], [[404], [200]])
    assert await statuses(paths[1], owner, rival) == [200, 404]
    assert (await owner.ask("GET", f"/v1/files/{newer}")).body["unused_until"] is not None
