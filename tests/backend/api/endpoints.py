"""Small endpoints that only the tests of the edge serve."""

from django.http import Http404
from django.urls import include, path
from rest_framework import serializers
from rest_framework.response import Response

from backend.accounts.enums import Role
from backend.accounts.models import User
from backend.api.idempotency import idempotent
from backend.api.permissions import PUBLIC, SIGNED_IN
from backend.api.urls import urlpatterns as described
from backend.api.views import ApiView
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories.accounts import UserFactory


class UserSerializer(serializers.ModelSerializer):
    """A user."""

    class Meta:
        model = User
        fields = ["id", "name"]


class NameInput(serializers.Serializer):
    """A name."""

    name = serializers.CharField(max_length=5)


class PublicView(ApiView):
    """Answers everybody; creates users."""

    audience = PUBLIC
    model = User
    serializer_class = UserSerializer
    visible_to = staticmethod(lambda actor: User.objects.filter(name__startswith="人"))

    def get(self, request):
        """A page of users."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(UserSerializer(page, many=True).data)

    @idempotent
    def post(self, request):
        """Make a user."""
        user = UserFactory(name=self.payload(NameInput)["name"])
        return Response(UserSerializer(user).data, status=201)


class MakingView(ApiView):
    """Makes a user and then ends as the body says."""

    audience = PUBLIC

    @idempotent
    def post(self, request):
        """Make, and answer, refuse or break."""
        user = UserFactory(name="新")
        match request.data.get("then"):
            case "answer nothing":
                return Response(status=204)
            case "refuse":
                raise Conflict("slot_taken", "Taken.")
            case "break":
                raise RuntimeError("a fault of ours")
        return Response({"id": user.pk, "at": clock.now(), "said": request.data}, status=201)

    put = post


class SignedInView(ApiView):
    """Answers whoever is signed in."""

    audience = SIGNED_IN

    def get(self, request):
        """The role."""
        return Response({"role": self.actor.role, "user": self.actor.user_id})


class StaffView(ApiView):
    """Answers staff; operators may only post."""

    audience = {"GET": {Role.STAFF}, "POST": {Role.OPERATOR}}

    def get(self, request):
        """Something."""
        return Response({"ok": True})

    post = put = get


class UndeclaredView(ApiView):
    """Declares no audience."""

    def get(self, request):
        """Never answered."""
        return Response({"ok": True})


class RefusingView(ApiView):
    """Raises the refusal that the address names."""

    audience = PUBLIC

    def get(self, request, what):
        """Raise it."""
        raise {
            "not_found": NotFound(),
            "http404": Http404(),
            "not_allowed": NotAllowed(),
            "conflict": Conflict("slot_taken", "Slot %(slot)s is taken.", slot=3),
            "invalid": Invalid(fields={"name": ["Too long."]}),
        }[what]


urlpatterns = [
    path(
        "api/",
        include(
            [
                *described,
                path("public/", PublicView.as_view()),
                path("making/", MakingView.as_view()),
                path("signed-in/", SignedInView.as_view()),
                path("staff/", StaffView.as_view()),
                path("undeclared/", UndeclaredView.as_view()),
                path("refusing/<str:what>/", RefusingView.as_view()),
            ]
        ),
    )
]
