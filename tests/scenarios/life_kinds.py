"""The kinds of systems whose tickets are followed through their lives: each a fake, its preset, and the mappings."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ebond.testing.mef124 import Mef124
from ebond.testing.servicenow import ServiceNow
from ebond.testing.tmf621 import Tmf621
from tests.scenarios.lives import Kind, paired

SERVICENOW: Final = Kind(
    ServiceNow,
    """
extends: servicenow
verbs: [GET, POST, PATCH, DELETE]
resources:
  incident:
    delete: {path: "/api/now/table/incident/{id}"}
    comments: {own: {/sys_created_by: ebond.integration}}
""",
)
_TMF: Final = """
extends: {preset}
verbs: [GET, POST, PATCH, DELETE]
resources:
  ticket:
    delete: {{path: "/troubleTicket/{{id}}"}}
"""
TMF_4: Final = Kind(Tmf621, _TMF.format(preset="tmf621"))
TMF_5: Final = Kind(partial(Tmf621, version=5), _TMF.format(preset="tmf621-v5"))
MEF: Final = Kind(
    Mef124,
    """
extends: mef124
verbs: [GET, POST, PATCH, DELETE]
resources:
  ticket:
    create:
      constants:
        /relatedContactInformation/0/role: reporterContact
        /relatedContactInformation/0/name: Service desk
        /relatedContactInformation/0/number: "+33 1"
        /relatedContactInformation/0/emailAddress: desk@ours.example
        /relatedEntity/0/id: line-7
        /relatedEntity/0/role: affected
        /relatedEntity/0/@referredType: Product
""",
)
SOLVED: Final[dict[str, Any]] = {"close_code": "Solution provided", "close_notes": "replaced"}

_COMMENTS: Final = 'comments: {to_right: {template: "{text}"}, to_left: {template: "{text}"}}'
_SERVICENOW_TMF_STATES: Final = paired(
    {"1": "acknowledged", "2": "inProgress", "3": "held", "6": "resolved", "7": "closed", "8": "cancelled"},
    to_left={"3": "pending", "8": "rejected"},
)
SERVICENOW_TMF: Final = f"""
left: ours/incident
right: theirs/ticket
conflict: manual
{_COMMENTS}
fields:
  - {{left: short_description, right: name}}
  - {{left: description, right: description}}
  - {{left: urgency, right: severity, values: {paired({"1": "Critical", "2": "Major", "3": "Minor"})}}}
  - {{right: type, constant: {{right: incident}}}}
  - {{left: state, right: status, values: {_SERVICENOW_TMF_STATES}}}
"""
_PRIORITIES: Final = paired({"1": "critical", "2": "high", "3": "low"}, to_left={"3": "medium"})
_SERVICENOW_MEF_STATES: Final = paired(
    {"1": "acknowledged", "2": "inProgress", "7": "closed", "8": "cancelled"},
    to_left={"3": "pending", "6": "resolved", "2": "reopened"},
)
_MEF_NEEDS: Final = """
  - {right: type, constant: {right: assistance}}
  - {right: severity, constant: {right: minor}}
  - {right: observed_impact, constant: {right: down}}
"""
SERVICENOW_MEF: Final = f"""
left: ours/incident
right: theirs/ticket
conflict: manual
{_COMMENTS}
fields:
  - {{left: short_description, right: description, direction: to_right}}
  - {{left: urgency, right: priority, values: {_PRIORITIES}}}
  - {{left: impact, right: seller_priority, direction: to_left, values: {_PRIORITIES}}}
  - {{left: state, right: status, values: {_SERVICENOW_MEF_STATES}}}
{_MEF_NEEDS}"""
_TMF_MEF_STATES: Final = paired(
    {"acknowledged": "acknowledged", "inProgress": "inProgress", "closed": "closed", "cancelled": "cancelled"},
    to_left={"pending": "pending", "resolved": "resolved", "inProgress": "reopened"},
)
TMF_MEF: Final = f"""
left: ours/ticket
right: theirs/ticket
conflict: manual
{_COMMENTS}
fields:
  - {{left: name, right: description, direction: to_right}}
  - {{left: priority, right: priority}}
  - {{left: expected_resolution, right: expected_resolution, direction: to_left}}
  - {{left: status, right: status, values: {_TMF_MEF_STATES}}}
{_MEF_NEEDS}"""
