"""Every address of the site; each app brings its own."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from devmatrix.pipeline.views import metrics

admin.site.site_header = "DevMatrix"
admin.site.site_title = "DevMatrix"
admin.site.index_title = "Everything in the database"
admin.site.site_url = "/"

urlpatterns = [
    path("", include("devmatrix.pipeline.urls")),
    path("", include("atomization.urls")),
    path("", include("dependencies.urls")),
    path("", include("review.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=False), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/v2/", include("devmatrix.api_urls")),
    path("", include("devmatrix.operations.urls")),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
]
