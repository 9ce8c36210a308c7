"""How an endpoint is documented: with every error that follows from what it is, as `gtm_site.api.errors` answers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny, IsAdminUser
from rest_framework.views import APIView

from gtm_site.api.errors import error_body, explained

_REQUEST_ID = "6b1f6c1e0f6e4a0c8f0d2f0a8d1c9e55"


class ErrorDetailSerializer(serializers.Serializer[object]):
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()


class ErrorSerializer(serializers.Serializer[object]):
    request_id = serializers.CharField()
    error = ErrorDetailSerializer()


class ApiSchema(AutoSchema):
    """A view names in `own_errors`, as it would raise them, those that no other view answers."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation:
            answers = operation["responses"] | {str(error.status_code): self._answer(error) for error in self._errors(operation)}
            operation["responses"] = dict(sorted(answers.items()))
        return operation

    def _errors(self, operation: dict[str, Any]) -> Iterator[exceptions.APIException]:
        permissions = [type(permission) for permission in self.view.get_permissions()]
        if self.method != "DELETE":
            yield exceptions.ValidationError({"colour": "no such parameter"})
        if self.view.get_authenticators():
            yield exceptions.AuthenticationFailed("Invalid token.") if AllowAny in permissions else exceptions.NotAuthenticated()
        if IsAdminUser in permissions:
            yield exceptions.PermissionDenied()
        if "{" in self.path:
            yield exceptions.NotFound("there is none with this id")
        if type(self.view).perform_content_negotiation is APIView.perform_content_negotiation:
            yield exceptions.NotAcceptable()
        if "requestBody" in operation:
            yield exceptions.UnsupportedMediaType("text/csv")
        if self.view.get_throttles():
            yield exceptions.Throttled()
        yield from getattr(self.view, "own_errors", ())

    def _answer(self, error: exceptions.APIException) -> dict[str, Any]:
        code, message, hint = explained(error)
        example = {"value": {"request_id": _REQUEST_ID, **error_body(code, message, hint)}, "summary": code}
        shape = self.resolve_serializer(ErrorSerializer(), "response").ref
        return {"description": message, "content": {"application/json": {"schema": shape, "examples": {code: example}}}}
