"""All addresses. Those of films and claims never break."""

from allauth.account.decorators import secure_admin_login
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path

from catalogue import operators
from config import health, metrics, problems

# Django's own form of signing in lets guess for ever.
admin.site.site_header = admin.site.site_title = "Sidenote"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Whence members come is theirs to see.
admin.site.unregister(UserSession)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/v1/", include("config.api")),
    # Whatever else is asked of the interface is told so in its own language.
    re_path(r"^api/", problems.not_found),
    *(
        path(f"admin/refresh/{address}", admin.site.admin_view(view), name=name)
        for address, view, name in (
            ("", operators.refresh, "refresh"),
            ("load/", operators.find_loads, "refresh-find-loads"),
            ("<slug:name>/ask-again/", operators.close_breaker, "refresh-close-breaker"),
        )
    ),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("annotations.urls")),
    path("", include("catalogue.urls")),
]

handler400 = "config.problems.handle_400"
handler403 = "config.problems.handle_403"
handler404 = "config.problems.handle_404"
handler500 = "config.problems.handle_500"
