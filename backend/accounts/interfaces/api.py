"""/api/v1/: the own account, tokens, team and invitations."""

from types import SimpleNamespace

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from backend.accounts import domain, limits, queries, second_factor
from backend.accounts.actor import actor_of
from backend.accounts.enums import Role
from backend.accounts.interfaces.archive import export_archive
from backend.accounts.interfaces.serializers import (
    CredentialsInput,
    InvitationInput,
    InvitationLinkInput,
    InvitationSerializer,
    MemberSerializer,
    MeSerializer,
    NewTokenSerializer,
    OwnerInput,
    PasswordInput,
    ProfileInput,
    SessionSerializer,
    TokenSerializer,
)
from backend.accounts.models import Invitation, Membership, User
from backend.api.idempotency import idempotent
from backend.api.models import ApiToken
from backend.api.permissions import PUBLIC, SIGNED_IN
from backend.api.views import ApiView, ApiViewSet
from backend.common.errors import NotAllowed

TEAM = {Role.RECRUITER, Role.STAFF, Role.OPERATOR}


class MeView(ApiView):
    """The own account."""

    audience = SIGNED_IN
    before_second_factor = True
    serializer_class = MeSerializer

    @extend_schema(operation_id="me_retrieve")
    def get(self, request: Request) -> Response:
        """Who am I, and in which role and scope."""
        return Response(self._me(request.user))

    @extend_schema(operation_id="me_update", request=ProfileInput, responses=MeSerializer)
    def put(self, request: Request) -> Response:
        """Change name and language."""
        user = domain.change_profile(actor=self.actor, **self.payload(ProfileInput))
        return Response(self._me(user))

    def _me(self, user: User) -> dict:
        values = SimpleNamespace(
            user=user,
            actor=self.actor,
            second_factor=second_factor.has_second_factor(user.pk),
            second_factor_advised=second_factor.advised(self.actor),
        )
        return MeSerializer(values).data


class ExportView(ApiView):
    """The copy of one's own data."""

    audience = SIGNED_IN

    @extend_schema(
        operation_id="me_export", request=None, responses={(200, "application/zip"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request) -> HttpResponse:
        """Everything kept about the person and the person's own files, in one archive."""
        answer = HttpResponse(export_archive(self.actor), content_type="application/zip")
        answer["Content-Disposition"] = 'attachment; filename="fairway-account.zip"'
        return answer


class EraseView(ApiView):
    """The end of one's own account."""

    audience = SIGNED_IN
    serializer_class = PasswordInput

    @extend_schema(operation_id="me_erase", request=PasswordInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Erase the account; the last person in charge of a company or school hands over first."""
        domain.erase_account(actor=self.actor, **self.payload(PasswordInput))
        return Response(status=204)


class TokenViewSet(ListModelMixin, ApiViewSet):
    """Tokens of programs."""

    audience = {"list": SIGNED_IN, "create": PUBLIC, "destroy": SIGNED_IN}
    model = ApiToken
    visible_to = staticmethod(lambda actor: ApiToken.objects.filter(user_id=actor.user_id))
    serializer_class = TokenSerializer
    # A broken token in the header must not keep a program from getting a new one.
    authentication_for_create: list = []

    def get_authenticators(self) -> list:
        """The credentials in the body sign in; a session or token in the request plays no part."""
        creates = self.request is not None and self.request.method == "POST"
        return self.authentication_for_create if creates else super().get_authenticators()

    @extend_schema(
        request=CredentialsInput,
        responses={201: NewTokenSerializer},
        examples=[
            OpenApiExample(
                "With a second factor",
                value={"email": "me@example.org", "password": "…", "code": "123456", "label": "Timetable"},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Sign in with address, password and, where set up, a code; the token is answered this once."""
        given = self.payload(CredentialsInput)
        user = _signed_in(request, given)
        row, text = domain.create_token(actor=actor_of(user), label=given["label"])
        row.token = text
        return Response(NewTokenSerializer(row).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """End a token."""
        domain.revoke_token(actor=self.actor, token_id=self.get_object().pk)
        return Response(status=204)


class SessionViewSet(ListModelMixin, ApiViewSet):
    """Browsers in which the person is signed in."""

    audience = SIGNED_IN
    model = UserSession
    visible_to = staticmethod(queries.sessions_of)
    serializer_class = SessionSerializer

    @extend_schema(responses={204: OpenApiResponse(description="Signed out there.")})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Sign out one of them."""
        domain.end_session(actor=self.actor, session_id=self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=None, responses={204: OpenApiResponse(description="Signed out everywhere else.")})
    @action(detail=False, methods=["post"], url_path="end-others")
    def end_others(self, request: Request) -> Response:
        """Sign out everywhere else; for a program with a token, everywhere."""
        domain.end_other_sessions(actor=self.actor, kept=request.session.session_key)
        return Response(status=204)


class MemberViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """People of the own company or school."""

    audience = TEAM
    model = Membership
    visible_to = staticmethod(queries.memberships_visible_to)
    serializer_class = MemberSerializer

    @extend_schema(responses={204: OpenApiResponse(description="No longer a member.")})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """See somebody out."""
        domain.end_membership(actor=self.actor, membership_id=self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=OwnerInput, responses=MemberSerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Make a colleague of the own company an owner, or end an ownership."""
        membership = domain.set_owner(
            actor=self.actor, membership_id=self.get_object().pk, **self.payload(OwnerInput)
        )
        return Response(MemberSerializer(membership).data)

    @extend_schema(request=None, responses={204: OpenApiResponse(description="You have left.")})
    @action(detail=False, methods=["post"])
    def leave(self, request: Request) -> Response:
        """Leave the own company or school."""
        domain.leave_team(actor=self.actor)
        return Response(status=204)


class InvitationViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Open invitations."""

    audience = {"accept": SIGNED_IN, **dict.fromkeys(("list", "retrieve", "create", "destroy"), TEAM)}
    model = Invitation
    visible_to = staticmethod(queries.invitations_visible_to)
    serializer_class = InvitationSerializer

    @extend_schema(request=InvitationInput, responses={201: InvitationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Send somebody a link."""
        invitation = domain.invite_person(actor=self.actor, **self.payload(InvitationInput))
        return Response(InvitationSerializer(invitation).data, status=201)

    @extend_schema(responses={204: OpenApiResponse(description="The link is useless now.")})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Withdraw an invitation."""
        domain.revoke_invitation(actor=self.actor, invitation_id=self.get_object().pk)
        return Response(status=204)

    @extend_schema(request=InvitationLinkInput, responses=MemberSerializer)
    @action(detail=False, methods=["post"])
    def accept(self, request: Request) -> Response:
        """Join with the own account, which must have the invited address; the link works once."""
        membership = domain.accept_invitation(user=request.user, **self.payload(InvitationLinkInput))
        return Response(MemberSerializer(membership).data)


def _signed_in(request: Request, given: dict) -> User:
    """The person behind the credentials; every way to fail has the one answer, so that nothing is learnt."""
    wrong = NotAllowed("wrong_credentials", _("Address, password or code are wrong."))
    adapter = get_adapter()
    try:
        user = adapter.authenticate(request._request, email=given["email"], password=given["password"])
    except ValidationError as error:
        raise NotAllowed("too_many_attempts", _("Too many attempts. Wait ten minutes.")) from error
    confirmed = user is not None and EmailAddress.objects.filter(user=user, verified=True).exists()
    if user is None or not user.is_active or not confirmed:
        raise wrong
    if not _code_is_right(user, given["code"]):
        raise wrong
    return user


def _code_is_right(user: User, code: str) -> bool:
    """Right, or not needed; wrong ones are counted like in the browser."""
    factors = list(Authenticator.objects.filter(user=user))
    if not factors:
        return True
    if not limits.consume("second_factor", str(user.pk)):
        raise NotAllowed("too_many_attempts", _("Too many attempts. Wait ten minutes."))
    right = any(factor.wrap().validate_code(code) for factor in factors)
    if right:
        limits.give_back("second_factor", str(user.pk))
    return right
