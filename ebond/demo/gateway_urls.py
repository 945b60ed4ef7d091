"""The gateway's addresses: the token endpoint, and one base path for each system behind it."""

from __future__ import annotations

from django.urls import path, re_path
from oauth2_provider.views import IntrospectTokenView, RevokeTokenView, TokenView

from ebond.demo.gateway_views import proxy

urlpatterns = [
    path("oauth/token", TokenView.as_view()),
    path("oauth/introspect", IntrospectTokenView.as_view()),
    path("oauth/revoke", RevokeTokenView.as_view()),
    re_path(r"^itsm/v2/(?P<path>.*)$", proxy("itsm")),
    re_path(r"^support/(?P<path>.*)$", proxy("helpdesk")),
    re_path(r"^partner/v1/comments/(?P<path>.*)$", proxy("comments")),
    re_path(r"^partner/v1/people/(?P<path>.*)$", proxy("people")),
    re_path(r"^partner/v1/files/(?P<path>.*)$", proxy("files")),
    re_path(r"^partner/v1/(?P<path>.*)$", proxy("partner")),
]
