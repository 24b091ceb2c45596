"""Rule sets and recognition rules over HTTP."""

from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.verification.domain.facts import Actor
from services.verification.domain.recognition import RecognitionRule
from services.verification.domain.rule_set import RuleSet
from services.verification.domain.rules import Rules
from services.verification.routes import Owned, PartyId
from services.verification.rule_views import (
    RecognitionRulePage,
    RecognitionRuleView,
    RuleSetPage,
    RuleSetView,
    rule_set_view,
    rule_view,
)
from shared.calls import Changing, Creating, Listing, Reading, answer, listed, shown
from shared.events.catalog import Council
from shared.events.verification import RecognitionRuleStatus
from shared.web import api_router

rule_sets = api_router("/v1/rule-sets", "rule sets")
rules = api_router("/v1/recognition-rules", "recognition rules")

RuleSetId = Annotated[str, Path(pattern=r"^rls_[a-z0-9]{1,40}$", examples=["rls_3f8v1q"])]
RuleId = Annotated[str, Path(pattern=r"^rul_[a-z0-9]{1,40}$", examples=["rul_6h3w8e"])]


class RecognitionRuleDraft(BaseModel):
    """Whose certificates the institution adopts, and where: empty category and no council mean everywhere."""

    model_config = ConfigDict(extra="forbid")

    accepts: PartyId
    category: str = Field(default="", pattern=r"^[a-z_]{0,40}$", examples=["water"])
    council: Council | None = Field(default=None, examples=["soc"])


@rule_sets.post("", response_model=RuleSetView, status_code=201)
async def create_rule_set(body: Rules, call: Creating, verification: Owned) -> Response:
    """Publish your institution's first rules: they are in force for every dossier submitted from now on."""
    institution = await verification.parties.require(call.principal, call.seen(call.principal))
    institution.must_be_active(call.at)
    rule_set = RuleSet.create(call.new_id("rls"), institution, body, call.at)
    return answer(await verification.rule_sets.create(rule_set, call.cause), 201)


@rule_sets.get("", response_model=RuleSetPage)
async def list_rule_sets(
    request: Request, _: Reading, verification: Owned, page: Listing, institution: str | None = None
) -> RuleSetPage:
    """List the institutions' rule sets, newest first. An institution without one goes by the market's common rules."""
    filters = {"institution": institution}
    found = await listed(verification.rule_sets, filters, page, request)
    return RuleSetPage(items=[rule_set_view(each) for each in found.items], next=found.next)


@rule_sets.get("/{rule_set_id}", response_model=RuleSetView)
async def get_rule_set(rule_set_id: RuleSetId, request: Request, _: Reading, verification: Owned) -> Response:
    """Show a rule set with the rules that are in force."""
    rule_set = await verification.rule_sets.load(rule_set_id)
    return shown(rule_set_view(rule_set), rule_set.version, request)


@rule_sets.post("/{rule_set_id}/versions", response_model=RuleSetView)
async def publish_rule_set_version(
    rule_set_id: RuleSetId, body: Rules, call: Changing, verification: Owned
) -> Response:
    """Put other rules in force for what is submitted from now on; reviews that are under way keep to theirs."""
    rule_set = await verification.rule_sets.load(rule_set_id, call.cause)
    call.caller.must_act_for(rule_set.institution)
    (await verification.parties.require(rule_set.institution, call.seen(rule_set.institution))).must_be_active(call.at)
    rule_set.publish(body, call.at)
    return answer(await verification.rule_sets.save(rule_set, call.cause))


@rule_sets.get("/{rule_set_id}/versions/{number}", response_model=Rules)
async def get_rule_set_version(
    rule_set_id: RuleSetId, number: Annotated[int, Path(ge=1, examples=[1])], _: Reading, verification: Owned
) -> Rules:
    """Show one version of a rule set, also one that is no longer in force."""
    return (await verification.rule_sets.load(rule_set_id)).at_version(number)


@rules.post("", response_model=RecognitionRuleView, status_code=201)
async def create_recognition_rule(body: RecognitionRuleDraft, call: Creating, verification: Owned) -> Response:
    """Declare that your institution adopts another's certificates. A colleague recognises them by this rule."""
    accepts = await verification.parties.require(body.accepts, call.seen(body.accepts))
    who = Actor(call.caller.actor, call.principal)
    rule = RecognitionRule.create(call.new_id("rul"), who, accepts, body.category, body.council, call.at)
    return answer(await verification.rules.create(rule, call.cause), 201)


@rules.get("", response_model=RecognitionRulePage)
async def list_recognition_rules(
    request: Request,
    _: Reading,
    verification: Owned,
    page: Listing,
    institution: str | None = None,
    accepts: str | None = None,
    status: RecognitionRuleStatus | None = None,
) -> RecognitionRulePage:
    """List recognition rules, newest first."""
    filters = {"institution": institution, "accepts": accepts, "status": status}
    found = await listed(verification.rules, filters, page, request)
    return RecognitionRulePage(items=[rule_view(each) for each in found.items], next=found.next)


@rules.get("/{rule_id}", response_model=RecognitionRuleView)
async def get_recognition_rule(rule_id: RuleId, request: Request, _: Reading, verification: Owned) -> Response:
    """Show one recognition rule."""
    rule = await verification.rules.load(rule_id)
    return shown(rule_view(rule), rule.version, request)


@rules.post("/{rule_id}/withdrawal", response_model=RecognitionRuleView)
async def withdraw_recognition_rule(rule_id: RuleId, call: Changing, verification: Owned) -> Response:
    """Adopt no more certificates under this rule."""
    rule = await verification.rules.load(rule_id, call.cause)
    call.caller.must_act_for(rule.institution)
    rule.withdraw(call.at)
    return answer(await verification.rules.save(rule, call.cause))
