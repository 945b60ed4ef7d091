"""The reverse proxy: a valid token in, the backend's own credentials out, within the quota."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_ratelimit.core import get_usage
from oauth2_provider.models import AccessToken
from revproxy.views import ProxyView

from ebond.demo.gateway_settings import GATEWAY


class SystemProxy(ProxyView):
    """Passes a call on to one backend."""

    system = ""

    def get_request_headers(self) -> dict[str, str]:
        """Replace the caller's credentials by the backend's own."""
        headers: dict[str, str] = super().get_request_headers()
        name, password = self.backend["account"]
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {basic}"
        headers["Host"] = self.backend["url"].partition("//")[2].partition("/")[0]
        return headers

    @property
    def backend(self) -> dict[str, Any]:
        """The backend's address and account."""
        found: dict[str, Any] = GATEWAY["backends"][self.system]
        return found

    @property
    def upstream(self) -> str:
        """Where calls go."""
        return str(self.backend["url"])


def proxy(system: str) -> Callable[..., HttpResponse]:
    """Return the view of one system behind the gateway."""
    forward = SystemProxy.as_view(system=system)

    def view(request: HttpRequest, path: str) -> HttpResponse:
        token = _token(request)
        if token is None:
            answer = JsonResponse({"code": 42, "message": "Expired credentials"}, status=401)
            answer["WWW-Authenticate"] = 'Bearer error="invalid_token"'
            return answer
        if not token.is_valid(["incidents"]):
            return _refused_token(token)
        over = _over_quota(request, token)
        return over or forward(request, path=path)

    view.csrf_exempt = True  # type: ignore[attr-defined]  # how Django marks a view
    return view


def _token(request: HttpRequest) -> AccessToken | None:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    found: AccessToken | None = AccessToken.objects.filter(token=text).first()
    return found


def _refused_token(token: AccessToken) -> HttpResponse:
    if token.is_expired():
        answer = JsonResponse({"code": 42, "message": "Expired credentials"}, status=401)
        answer["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return answer
    return JsonResponse({"code": 50, "message": "Access denied"}, status=403)


def _over_quota(request: HttpRequest, token: AccessToken) -> HttpResponse | None:
    rate = settings.OAUTH2_PROVIDER and GATEWAY["rate"]
    if not rate:
        return None
    usage = get_usage(request, group="gateway", key=lambda *_: str(token.application_id), rate=rate, increment=True)
    if usage is None or not usage["should_limit"]:
        return None
    answer = JsonResponse({"code": 53, "message": "Too many requests"}, status=429)
    answer["Retry-After"] = str(max(int(usage["time_left"]), 1) if usage["time_left"] else int(time.time()) % 2 + 1)
    return answer
