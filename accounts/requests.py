"""What a view that only members reach is called with."""

from django.http import HttpRequest

from accounts.models import User


class MemberRequest(HttpRequest):
    """A request whose user is signed in, as `login_required` guarantees."""

    user: User
