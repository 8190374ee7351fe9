"""Members for operators: to find one, and to close or reopen an account."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """An account is closed, never deleted: what its member wrote stays in the log."""

    list_display = ("username", "email", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username__istartswith", "email__istartswith")
    fields = (
        "username", "email", "is_active", "is_staff", "is_superuser", "groups", "date_joined",
        "last_login",
    )  # fmt: skip
    readonly_fields = ("username", "email", "date_joined", "last_login")
    filter_horizontal = ("groups",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Members sign up themselves."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: User | None = None,  # noqa: ARG002
    ) -> bool:
        """Nobody deletes an account here."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser gives rights away."""
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*super().get_readonly_fields(request, obj), *rights]
