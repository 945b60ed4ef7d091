"""What vendors are known to answer, and what it means: fact, verb, status, body, headers, outcome.

GET stands for every safe call, POST for a create, PATCH for a change.
"""
# ruff: noqa: E501  # a table reads best with one row a line
# fmt: off

from __future__ import annotations

from typing import Any

from ebond.gateway.outcome import Outcome

HTML = {"content-type": "text/html; charset=utf-8"}
LOGIN = "<!DOCTYPE html>\n<html><head><title>Log in</title></head><body><form action='/sso'></form></body></html>"
EXPIRED_APIGEE = {
    "fault": {
        "faultstring": "Access Token expired",
        "detail": {"errorcode": "keymanagement.service.access_token_expired"},
    }
}
QUOTA_APIGEE = {
    "fault": {
        "faultstring": "Rate limit quota violation. Quota limit  exceeded. Identifier : _default",
        "detail": {"errorcode": "policies.ratelimit.QuotaViolation"},
    }
}
SPIKE_APIGEE = {
    "fault": {
        "faultstring": "Spike arrest violation. Allowed rate : 10ps",
        "detail": {"errorcode": "policies.ratelimit.SpikeArrestViolation"},
    }
}
XML_EXPIRED = (
    "<error><code>keymanagement.service.access_token_expired</code><message>Access Token expired</message></error>"
)


def orange(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "description": "See the portal"}


Row = tuple[str, str, int, Any, dict[str, str], Outcome]
SUCCESS: list[Row] = [
    ("a list", "GET", 200, {"result": []}, {}, Outcome.APPLIED),
    ("TMF630: a partial list", "GET", 206, [], {}, Outcome.APPLIED),
    ("Redmine and Jira: changed, no body", "PATCH", 204, None, {}, Outcome.APPLIED),
    ("Rails: changed, an empty page", "PUT", 200, " ", HTML, Outcome.APPLIED),
    ("JSON that is called HTML", "PATCH", 200, {"id": 7}, HTML, Outcome.APPLIED),
    ("created", "POST", 201, {"id": 7}, {}, Outcome.APPLIED),
    ("TMF621 v5: taken, done later", "POST", 202, None, {}, Outcome.ACCEPTED),
    ("a record with a field called error", "PATCH", 200, {"id": 7, "error": "E42 lamp"}, {}, Outcome.APPLIED),
    ("a record whose status is failed", "PATCH", 200, {"id": 7, "status": "failed"}, {}, Outcome.APPLIED),
    ("Jira: empty error lists", "PATCH", 200, {"errorMessages": [], "errors": {}}, {}, Outcome.APPLIED),
    ("not modified", "GET", 304, None, {}, Outcome.APPLIED),
]
FALSE_SUCCESS: list[Row] = [
    ("ServiceNow: a cancelled list, which the reader refuses", "GET", 200, {"result": [{"sys_id": "1"}], "error": {"message": "Transaction cancelled"}, "status": "failure"}, {}, Outcome.APPLIED),
    ("ServiceNow: a truncated list, which the reader refuses", "GET", 200, '{"result":[{"sys_id":"1","num', {}, Outcome.APPLIED),
    ("a login page instead of a list", "GET", 200, LOGIN, HTML, Outcome.STOP),
    ("a login page instead of an answer", "PATCH", 200, LOGIN, HTML, Outcome.UNKNOWN),
    ("a page without a content type", "POST", 201, "\ufeff" + LOGIN, {"content-type": ""}, Outcome.UNKNOWN),
    ("F5: the firewall's page under 200", "POST", 200, "<html><title>Request Rejected</title><body>The requested URL was rejected. Your support ID is: 1</body></html>", HTML, Outcome.REFUSED),
    ("ServiceNow: a transaction cancelled under 200", "PATCH", 200, {"result": {"sys_id": "1"}, "error": {"message": "Transaction cancelled: maximum execution time exceeded"}}, {}, Outcome.UNKNOWN),
    ("an error envelope under 200", "POST", 200, {"status": "failure", "message": "no"}, {}, Outcome.UNKNOWN),
    ("ok is false", "PATCH", 200, {"ok": False, "error": "ratelimited"}, {}, Outcome.UNKNOWN),
    ("an expired token under 200", "GET", 200, {"ok": False, "error": "token_expired"}, {}, Outcome.REAUTH),
    ("a quota under 200", "GET", 200, {"ok": False, "error": "ratelimited"}, {}, Outcome.RATE_LIMITED),
    ("a batch answer to one write", "PATCH", 207, [{"status": 422}], {}, Outcome.UNKNOWN),
    ("a write that is not modified", "PATCH", 304, None, {}, Outcome.UNKNOWN),
]
REDIRECTS: list[Row] = [
    ("GitLab: a moved project", "GET", 301, None, {"location": "/x"}, Outcome.MOVED),
    ("GitHub: a transferred issue", "PATCH", 301, {"message": "Moved Permanently"}, {}, Outcome.MOVED),
    ("moved for good, keep the verb", "PATCH", 308, None, {}, Outcome.MOVED),
    ("creates have moved: https is wanted", "POST", 301, None, {"location": "https://x"}, Outcome.STOP),
    ("Salesforce: several records match", "PATCH", 300, ["/a", "/b"], {}, Outcome.REFUSED),
    ("SSO intercepts", "GET", 302, None, {"location": "https://login.test"}, Outcome.STOP),
    ("SSO intercepts a write", "PATCH", 302, None, {"location": "https://login.test"}, Outcome.STOP),
    ("post, redirect, get", "POST", 303, None, {"location": "/issue/7"}, Outcome.UNKNOWN),
    ("see other", "GET", 303, None, {"location": "/issue/7"}, Outcome.STOP),
    ("temporarily elsewhere", "PATCH", 307, None, {"location": "/b"}, Outcome.STOP),
]
TOKENS: list[Row] = [
    ("Orange 40: missing credentials", "GET", 401, orange(40, "Missing credentials"), {}, Outcome.STOP),
    ("Orange 41: invalid credentials", "GET", 401, orange(41, "Invalid credentials"), {}, Outcome.STOP),
    ("Orange 42: expired credentials", "GET", 401, orange(42, "Expired credentials"), {}, Outcome.REAUTH),
    ("Orange 42, the older 410", "POST", 410, orange(42, "Identifiants perimes"), {}, Outcome.REAUTH),
    ("Orange 42, texts swapped", "GET", 410, {**orange(42, "x"), "description": "Expired credentials"}, {}, Outcome.REAUTH),
    ("Apigee: expired", "PATCH", 401, EXPIRED_APIGEE, {}, Outcome.REAUTH),
    ("Apigee: expired as 500", "POST", 500, EXPIRED_APIGEE, {}, Outcome.REAUTH),
    ("Apigee: expired as 500 in XML", "POST", 500, XML_EXPIRED, {"content-type": "text/xml"}, Outcome.REAUTH),
    ("NHS: invalid access token", "GET", 401, {"fault": {"faultstring": "x", "detail": {"errorcode": "keymanagement.service.invalid_access_token"}}}, {}, Outcome.REAUTH),
    ("EPO: 400, broken quoting, XML", "GET", 400, "<error><code>400</code></error>", {"content-type": "application/xml", "www-authenticate": 'Bearer realm="null",error=\'invalid_token"'}, Outcome.REAUTH),
    ("Kong: invalid_token", "GET", 401, {"error": "invalid_token", "error_description": "x"}, {}, Outcome.REAUTH),
    ("Kong: unauthorized", "GET", 401, {"message": "Unauthorized"}, {}, Outcome.REAUTH),
    ("Azure: 401", "GET", 401, {"statusCode": 401, "message": "Access denied"}, {}, Outcome.REAUTH),
    ("AWS: expired", "GET", 401, {"message": "The incoming token has expired"}, {}, Outcome.REAUTH),
    ("AWS: EXPIRED_TOKEN", "PATCH", 403, {"message": "x"}, {"x-amzn-errortype": "ExpiredTokenException"}, Outcome.REAUTH),
    ("AWS: expired in words", "GET", 403, {"message": "The security token included in the request is expired"}, {}, Outcome.REAUTH),
    ("Salesforce: an array", "GET", 401, [{"errorCode": "INVALID_SESSION_ID", "message": "x"}], {}, Outcome.REAUTH),
    ("Directus: expired", "GET", 401, {"errors": [{"extensions": {"code": "TOKEN_EXPIRED"}}]}, {}, Outcome.REAUTH),
    ("Directus: invalid is 403", "PATCH", 403, {"errors": [{"extensions": {"code": "INVALID_TOKEN"}}]}, {}, Outcome.REAUTH),
    ("RFC 6750", "GET", 401, None, {"www-authenticate": 'Bearer error="invalid_token"'}, Outcome.REAUTH),
    ("an HTML 401 of a firewall", "GET", 401, LOGIN, HTML, Outcome.REAUTH),
    ("an expired token in the system's own 500", "POST", 500, {"error": "invalid_token"}, {}, Outcome.UNKNOWN),
    ("the same for a read", "GET", 500, {"error": "invalid_token"}, {}, Outcome.REAUTH),
    ("Mule: wrong client", "GET", 401, {"error": "Invalid client id or secret"}, {"www-authenticate": "Client-ID-Enforcement"}, Outcome.STOP),
    ("IBM: wrong client", "GET", 401, {"httpCode": "401", "httpMessage": "Unauthorized", "moreInformation": "Invalid client id or secret."}, {}, Outcome.STOP),
    ("RFC 6749: invalid_client", "POST", 401, {"error": "invalid_client"}, {}, Outcome.STOP),
    ("AWS: INVALID_API_KEY", "GET", 403, {"code": "INVALID_API_KEY", "message": "Forbidden"}, {}, Outcome.STOP),
    ("RFC 6750: insufficient scope", "GET", 403, None, {"www-authenticate": 'Bearer error="insufficient_scope"'}, Outcome.STOP),
    ("insufficient scope in the body", "PATCH", 403, {"error": "insufficient_scope"}, {}, Outcome.STOP),
]
RIGHTS: list[Row] = [
    ("Apigee: no product for this API", "GET", 401, {"fault": {"faultstring": "x", "detail": {"errorcode": "keymanagement.service.InvalidAPICallAsNoApiProductMatchFound"}}}, {}, Outcome.STOP),
    ("Kong: not in the group", "POST", 403, {"message": "You cannot consume this service"}, {}, Outcome.STOP),
    ("Azure: no subscription key", "GET", 401, {"statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include it."}, {}, Outcome.STOP),
    ("Azure: a wrong subscription key", "PATCH", 401, {"statusCode": 401, "message": "Access denied due to invalid subscription key."}, {}, Outcome.STOP),
    ("WSO2: wrong path", "GET", 404, {"code": "900906", "message": "No matching resource found for given API Request"}, {}, Outcome.STOP),
    ("Gravitee: wrong path", "PATCH", 404, "No context-path matches the request URI.", {"content-type": "text/plain"}, Outcome.STOP),
    ("nginx: no client certificate", "POST", 400, "<html><head><title>400 No required SSL certificate was sent</title></head></html>", HTML, Outcome.STOP),
    ("nginx: http for https", "GET", 400, "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>", HTML, Outcome.STOP),
    ("a page under 400", "GET", 400, "<html><head><title>400 Bad Request</title></head></html>", HTML, Outcome.REFUSED),
    ("another version of HTTP or TLS is wanted", "GET", 426, None, {}, Outcome.STOP),
    ("an HTML 403 for a read", "GET", 403, LOGIN, HTML, Outcome.STOP),
    ("Orange 50: no subscription", "PATCH", 403, orange(50, "Access denied"), {}, Outcome.STOP),
    ("Orange 51: application blocked", "GET", 403, orange(51, "Application blocked"), {}, Outcome.STOP),
    ("Orange 52: user blocked", "GET", 403, orange(52, "User blocked"), {}, Outcome.STOP),
    ("no right to this record", "PATCH", 403, {"message": "Forbidden"}, {}, Outcome.REFUSED),
    ("another API's code 50", "PATCH", 403, {"code": 50, "message": "x", "ticket": 7}, {}, Outcome.REFUSED),
    ("Directus: missing is 403", "GET", 403, {"errors": [{"extensions": {"code": "FORBIDDEN"}}]}, {}, Outcome.REFUSED),
    ("an HTML 403 of a firewall", "PATCH", 403, LOGIN, HTML, Outcome.REFUSED),
    ("AWS: wrong path", "GET", 403, {"message": "Missing Authentication Token"}, {}, Outcome.STOP),
    ("Kong: wrong path", "GET", 404, {"message": "no Route matched with those values"}, {}, Outcome.STOP),
    ("Apigee: wrong path", "GET", 404, {"fault": {"faultstring": "x", "detail": {"errorcode": "messaging.adaptors.http.flow.ApplicationNotFound"}}}, {}, Outcome.STOP),
    ("a proxy wants credentials", "GET", 407, None, {}, Outcome.STOP),
    ("the account is not paid", "GET", 402, None, {}, Outcome.STOP),
    ("a captive portal", "PATCH", 511, LOGIN, HTML, Outcome.STOP),
]
QUOTAS: list[Row] = [
    ("Google: per user", "GET", 403, {"error": {"code": 403, "message": "User Rate Limit Exceeded", "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded"}]}}, {}, Outcome.RATE_LIMITED),
    ("Google: per day", "POST", 403, {"error": {"code": 403, "message": "x", "errors": [{"reason": "dailyLimitExceeded"}]}}, {}, Outcome.RATE_LIMITED),
    ("AWS: throttling under 400", "GET", 400, {"__type": "ThrottlingException", "message": "Rate exceeded"}, {}, Outcome.RATE_LIMITED),
    ("AWS: the plan's quota", "GET", 429, {"message": "Limit Exceeded"}, {}, Outcome.RATE_LIMITED),
    ("IBM: quota", "GET", 429, {"httpCode": "429", "httpMessage": "Too Many Requests", "moreInformation": "Rate Limit exceeded"}, {}, Outcome.RATE_LIMITED),
    ("Kong", "POST", 429, {"message": "API rate limit exceeded"}, {}, Outcome.RATE_LIMITED),
    ("Kong: an empty body", "PATCH", 429, None, {}, Outcome.RATE_LIMITED),
    ("AWS: throttle", "GET", 429, {"message": "Too Many Requests"}, {}, Outcome.RATE_LIMITED),
    ("Apigee: quota", "GET", 429, QUOTA_APIGEE, {}, Outcome.RATE_LIMITED),
    ("Jamf: 500", "POST", 500, QUOTA_APIGEE, {}, Outcome.RATE_LIMITED),
    ("Apigee: spike arrest as 500", "PATCH", 500, SPIKE_APIGEE, {}, Outcome.RATE_LIMITED),
    ("Wiley: 403", "GET", 403, QUOTA_APIGEE, {}, Outcome.RATE_LIMITED),
    ("Azure: quota is 403", "PATCH", 403, {"statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 20.09:58:55."}, {}, Outcome.RATE_LIMITED),
    ("Azure: 403 with Retry-After", "PATCH", 403, None, {"retry-after": "86400"}, Outcome.RATE_LIMITED),
    ("Orange 53: 403", "PATCH", 403, orange(53, "Trop de requetes"), {}, Outcome.RATE_LIMITED),
    ("GitHub: primary limit is 403", "GET", 403, {"message": "API rate limit exceeded for user ID 1."}, {}, Outcome.RATE_LIMITED),
    ("GitHub: nothing left", "GET", 403, {"message": "x"}, {"x-ratelimit-remaining": "0"}, Outcome.RATE_LIMITED),
    ("GitHub: secondary limit", "POST", 403, {"message": "You have exceeded a secondary rate limit"}, {}, Outcome.RATE_LIMITED),
    ("Salesforce: 403", "GET", 403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}], {}, Outcome.RATE_LIMITED),
    ("Mule: 400 for SOAP", "POST", 400, {"error": "Quota has been exceeded"}, {}, Outcome.RATE_LIMITED),
    ("Mule: 500 for SOAP, a read", "GET", 500, {"error": "Quota has been exceeded"}, {}, Outcome.RATE_LIMITED),
    ("the system's own 500 speaks of a quota", "POST", 500, {"error": "Quota has been exceeded"}, {}, Outcome.UNKNOWN),
    ("Anypoint: 503", "POST", 503, {"message": "Back-end server is at capacity"}, {}, Outcome.RATE_LIMITED),
    ("Orange 6: over capacity", "GET", 503, orange(6, "Service over capacity"), {}, Outcome.RATE_LIMITED),
    ("Directus", "GET", 429, {"errors": [{"extensions": {"code": "REQUESTS_EXCEEDED"}}]}, {}, Outcome.RATE_LIMITED),
    ("problem type", "GET", 503, {"type": "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity"}, {}, Outcome.RATE_LIMITED),
]
RECORDS: list[Row] = [
    ("Salesforce: a locked row", "PATCH", 400, [{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access"}], {}, Outcome.REFUSED),
    ("ServiceNow: no right to write", "POST", 403, {"error": {"message": "Operation Failed", "detail": "ACL Exception Insert Failed due to security constraints"}, "status": "failure"}, {}, Outcome.REFUSED),
    ("Orange 67: the URI is too long", "GET", 414, orange(67, "URI too long"), {}, Outcome.REFUSED),
    ("Orange 20: a wrong parameter", "GET", 400, orange(20, "Invalid URL parameter value"), {}, Outcome.REFUSED),
    ("Orange 60: not found", "GET", 404, orange(60, "Resource not found"), {}, Outcome.GONE),
    ("Jira: the old search is gone", "GET", 410, None, {}, Outcome.GONE),
    ("GitHub: a deleted issue", "PATCH", 410, {"message": "This issue was deleted"}, {}, Outcome.GONE),
    ("somebody was faster", "PATCH", 412, None, {}, Outcome.STALE),
    ("Zendesk: safe_update", "PUT", 409, {"error": "UpdateConflict"}, {}, Outcome.STALE),
    ("it exists", "POST", 409, {"message": "conflict"}, {}, Outcome.EXISTS),
    ("it exists, in a 422", "POST", 422, {"errors": {"external_id": ["has already been taken"]}}, {}, Outcome.EXISTS),
    ("an earlier try is under way", "POST", 409, {"message": "Idempotency-Key in use"}, {}, Outcome.UNKNOWN),
    ("a precondition is wanted", "PATCH", 428, None, {}, Outcome.STOP),
    ("Orange: no Accept", "GET", 406, orange(62, "Not acceptable"), {}, Outcome.STOP),
    ("the patch type is not spoken", "PATCH", 415, None, {}, Outcome.STOP),
    ("the verb is not allowed", "PATCH", 405, None, {}, Outcome.STOP),
    ("not implemented", "PATCH", 501, None, {}, Outcome.STOP),
    ("MEF: a terminal state", "PATCH", 422, {"code": "invalidState", "message": "closed"}, {}, Outcome.REFUSED),
    ("too large", "POST", 413, None, {}, Outcome.REFUSED),
]
TROUBLE: list[Row] = [
    ("Orange 63: a slow backend", "POST", 408, orange(63, "Timeout"), {}, Outcome.UNKNOWN),
    ("a slow backend, a read", "GET", 408, None, {}, Outcome.RETRY),
    ("too early", "POST", 425, None, {}, Outcome.RETRY),
    ("Orange 1: a write", "POST", 500, orange(1, "Internal error"), {}, Outcome.UNKNOWN),
    ("Orange 1: a read", "GET", 500, orange(1, "Internal error"), {}, Outcome.RETRY),
    ("Orange 5: a write", "PATCH", 503, orange(5, "Service temporarily unavailable"), {}, Outcome.UNKNOWN),
    ("503 with Retry-After, a write", "PATCH", 503, None, {"retry-after": "5"}, Outcome.UNKNOWN),
    ("503 with Retry-After, a read", "GET", 503, None, {"retry-after": "5"}, Outcome.RETRY),
    ("an HTML 502, a write", "POST", 502, LOGIN, HTML, Outcome.UNKNOWN),
    ("an HTML 504, a read", "GET", 504, LOGIN, HTML, Outcome.RETRY),
    ("ServiceNow: 500 after the insert", "POST", 500, {"error": {"message": "Transaction cancelled"}}, {}, Outcome.UNKNOWN),
    ("no status that means anything", "PATCH", 199, None, {}, Outcome.UNKNOWN),
]
ECHOES: list[Row] = [
    ("a refused ticket about tokens", "POST", 400, {"errors": {"title": "Token expired on VPN is too long"}}, {}, Outcome.REFUSED),
    ("a refused ticket about quotas", "PATCH", 400, {"message": "title: 'Quota exceeded' is not allowed"}, {}, Outcome.REFUSED),
    ("a forbidden ticket about limits", "PATCH", 403, {"message": "no", "ticket": {"message": "rate limit exceeded"}}, {}, Outcome.REFUSED),
    ("a ticket about a wrong client", "PATCH", 422, {"detail": "description: invalid_client is no word"}, {}, Outcome.REFUSED),
    ("another API's code 53", "PATCH", 403, {"code": 53, "field": "owner"}, {}, Outcome.REFUSED),
    ("another API's code 42", "GET", 410, {"code": 42, "id": 7}, {}, Outcome.GONE),
]

ROWS = [*SUCCESS, *FALSE_SUCCESS, *REDIRECTS, *TOKENS, *RIGHTS, *QUOTAS, *RECORDS, *TROUBLE, *ECHOES]
