"""Products on random walks beside a plain model: every state, every command, every refusal."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.catalog.domain.content import MATERIAL, Version
from services.catalog.domain.product import Product
from shared.errors import Refused
from shared.events.catalog import ProductState
from tests.builders import NOON, OWNER, a_certificate, a_content, a_draft

Move = tuple[set[str], set[str], str, str]
MOVES: dict[str, Move] = {
    # command: from, already there, to, event
    "register": ({"draft"}, {"registered"}, "registered", "registered"),
    "request_revision": ({"registered"}, set(), "draft", "revision_requested"),
    "reject": ({"registered"}, {"rejected"}, "rejected", "rejected"),
    "pause": ({"listed"}, {"paused"}, "paused", "paused"),
    "resume": ({"paused"}, {"listed"}, "listed", "resumed"),
    "withdraw": (
        {"draft", "registered", "listed", "rejected", "paused", "lapsed"},
        {"withdrawn"},
        "withdrawn",
        "withdrawn",
    ),
    "approve": ({"registered"}, {"listed"}, "listed", "listed"),
}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "request_revision": ("고치십시오",),
    "reject": (["사유"],),
    "pause": ("재고 없음",),
    "withdraw": ("단종",),
}


RESTRICTED = OWNER.model_copy(update={"status": "restricted"})
UNLISTED = {"registered", "lapsed", "rejected"}


class ProductMachine(RuleBasedStateMachine):
    product: Product
    told: ProductState
    """The public state when the last event was recorded: what the copies elsewhere hold."""
    heard: int

    @initialize(kind=st.sampled_from(["technology", "product", "idle_ip"]))
    def draft(self, kind: str) -> None:
        self.product = a_draft(product_kind=kind)
        self.idle = kind == "idle_ip"
        self.status = "draft"
        self.events = ["drafted"]
        self.certificates: dict[str, int] = {}
        self.number = 0
        self.owner = OWNER
        self.told, self.heard = self.product.public(), 1
        self.seen: dict[int, Version] = {}

    @rule()
    def restrict_the_owner(self) -> None:
        self.owner = RESTRICTED

    @rule()
    def restore_the_owner(self) -> None:
        """What was withheld then ends as if it came only now."""
        self.owner = OWNER
        late = Product.model_validate(self.product.model_dump(mode="json"))
        for certificate in self.product.withheld:
            late.list_for(certificate, OWNER, NOON)

        self.product.publish(OWNER, NOON)

        assert self.product.model_dump() == late.model_dump()
        assert self.product.withheld == []
        self.status = late.status
        self.certificates = {held.id: held.version for held in late.certificates}
        self.events += [event.name.rpartition(".")[2] for event in late.recorded]

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """Something the state allows, and not its end: walks get far."""
        fitting = [command for command in sorted(MOVES) if self.status in MOVES[command][0] and command != "withdraw"]
        if fitting:
            self.move(data.draw(st.sampled_from(fitting)))

    @rule(command=st.sampled_from(sorted(MOVES)))
    def try_anything(self, command: str) -> None:
        if command != "withdraw" or len(self.events) > 6:
            self.move(command)

    def move(self, command: str) -> None:
        allowed, already, to, event = MOVES[command]
        if command == "approve" and not self.idle:
            allowed, already = set(), set()
        if self.status in allowed:
            self._run(command)
            self.status = to
            self.events.append(event)
            if command == "register" and self.certificates:
                self.status = "listed"
                self.events.append("listed")
        elif self.status in already:
            self._run(command)
        else:
            with pytest.raises(Refused):
                self._run(command)

    @rule(change=st.sampled_from(["title", "specification", "model"]))
    def edit(self, change: str) -> None:
        """What was registered once stays as it was; the draft is a version of its own."""
        self.number += 1
        registered = self.product.versions[: self.product.registered_versions]
        content = self.product.versions[-1].model_copy(update={change: f"{change} {self.number}"})
        if self.status == "draft":
            self.product.edit(content, NOON)
            self.events.append("edited")
            assert self.product.versions == [*registered, content]
            self._keep_covering()
        else:
            with pytest.raises(Refused):
                self.product.edit(content, NOON)

    @rule(change=st.sampled_from(["title", "price", "specification", "model"]))
    def revise(self, change: str) -> None:
        self.number += 1
        newest = self.product.versions[-1]
        shown = self.product.version_shown
        content = a_content(**newest.model_dump(exclude={"fields_version"}) | {change: str(self.number)})
        if self.status not in {"listed", "paused", "lapsed"}:
            with pytest.raises(Refused):
                self.product.revise(content, NOON)
            return
        self.product.revise(content, NOON)
        self.events.append("revised")
        if change in MATERIAL:
            assert self.product.version_shown == shown

    @precondition(lambda self: self.status in {"listed", "paused", "lapsed"})
    @rule()
    def revise_nothing(self) -> None:
        self.product.revise(self.product.versions[-1], NOON)

    @rule(data=st.data())
    def certify(self, data: st.DataObject) -> None:
        version = data.draw(st.integers(1, len(self.product.versions) + 1))
        self.number += 1
        certificate = a_certificate(f"crt_{self.number}", version)
        shown = self.product.version_shown
        before = self.product.public()
        good = version <= len(self.product.versions) and self._covers(version, shown)

        self.product.list_for(certificate, self.owner, NOON)

        if self.status == "withdrawn" or not good:
            return
        if self.owner is RESTRICTED:
            assert self.product.version_shown == shown
        if certificate in self.product.withheld or (self.owner is RESTRICTED and self.status in UNLISTED):
            assert self.owner is RESTRICTED
            assert certificate not in self.product.certificates
            return
        self.certificates[certificate.id] = version
        self._keep_covering()
        if self.status in UNLISTED | {"listed"}:
            self.status = "listed"
            self.events.append("listed")
        elif self.product.public() != before:
            self.events.append("certificates_changed")

    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        withheld = [each.id for each in self.product.withheld]
        lost = data.draw(st.sampled_from([*sorted(self.certificates), *withheld, "crt_unknown"]))

        self.product.lose(lost, NOON)

        assert lost not in {each.id for each in self.product.withheld}
        held = self.certificates.pop(lost, None)
        if not self.certificates and self.status in {"listed", "paused"}:
            self.status = "lapsed"
            self.events.append("lapsed")
        elif held is not None:
            self.events.append("certificates_changed")

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        assert self.product.status == self.status
        assert [event.name.rpartition(".")[2] for event in self.product.recorded] == self.events
        assert {held.id for held in self.product.certificates} == set(self.certificates)

    @invariant()
    def what_anybody_sees_changes_only_with_an_event(self) -> None:
        """A state is published with an event: without one, whoever keeps a copy never hears of the change."""
        if len(self.product.recorded) == self.heard:
            assert self.product.public() == self.told
        self.told, self.heard = self.product.public(), len(self.product.recorded)

    @invariant()
    def what_anybody_saw_once_stays_readable_and_nothing_else_is(self) -> None:
        if self.product.public().is_public:
            self.seen.setdefault(self.product.version_shown, self.product.content)
        assert self.product.readable(whole=False) == sorted(self.seen)
        assert all(self.product.at_version(number) == version for number, version in self.seen.items())
        now = self.product.history[-1]
        assert (now.status, now.version) == (self.status, self.product.version_shown)

    @invariant()
    def what_is_shown_is_what_was_certified(self) -> None:
        for held in self.product.certificates:
            verified = self.product.versions[held.version - 1]
            assert all(getattr(verified, name) == getattr(self.product.content, name) for name in MATERIAL)
        if self.status == "listed" and not self.idle:
            assert self.product.certificates

    @invariant()
    def it_survives_being_stored(self) -> None:
        again = Product.model_validate(self.product.model_dump(mode="json"))
        assert again.model_dump() == self.product.model_dump()
        assert again.public() == self.product.public()
        assert self.product.public().proposed_version in {None, len(self.product.versions)}

    @invariant()
    def only_a_live_product_holds_claims(self) -> None:
        assert bool(self.product.claims()) == (self.status not in {"draft", "withdrawn", "rejected"})

    def _covers(self, version: int, shown: int) -> bool:
        """Whether nothing material lies between a version and the one shown, or it is a later one."""
        between = self.product.versions[version - 1 : shown]
        return all(getattr(each, name) == getattr(between[0], name) for each in between for name in MATERIAL)

    def _keep_covering(self) -> None:
        shown = self.product.version_shown
        self.certificates = {
            each: version for each, version in self.certificates.items() if self._covers(version, shown)
        }

    def _run(self, command: str) -> None:
        getattr(self.product, command)(*ARGUMENTS.get(command, ()), NOON)


TestProduct = ProductMachine.TestCase
TestProduct.settings = settings(max_examples=120, stateful_step_count=30)
