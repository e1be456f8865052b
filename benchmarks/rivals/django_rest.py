"""Django REST framework under gunicorn: one process, as many threads as there are callers."""

from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

from benchmarks.load import AT_ONCE
from benchmarks.rivals import DATABASE_URL, PORT

_place = urlsplit(DATABASE_URL)
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": _place.hostname,
            "PORT": _place.port,
            "USER": _place.username,
            "PASSWORD": _place.password,
            "NAME": _place.path.lstrip("/"),
            # Kept by each thread.
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

# What follows needs the settings.
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402


class Json(models.JSONField):
    """A column of `json`: the driver reads it; of `jsonb`, as Django makes them, Django does."""

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        """Return the value as the driver read it."""
        return value


class Organisation(models.Model):
    """A row."""

    siren = models.CharField(max_length=9, primary_key=True)
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    aliases = Json()
    names = Json()
    distinct_from = Json()
    region_code = models.CharField(max_length=3, null=True)
    successor_siren = models.CharField(max_length=9, null=True)
    duplicate_of_siren = models.CharField(max_length=9, null=True)
    valid_from = models.CharField(max_length=10, null=True)
    valid_to = models.CharField(max_length=10, null=True)
    source = models.TextField(null=True)
    synthetic = models.BooleanField()
    version = models.IntegerField()

    class Meta:
        """The table is there."""

        app_label = "rivals"
        managed = False
        db_table = "organisations"


class OrganisationOut(serializers.ModelSerializer):
    """The answer."""

    region = serializers.CharField(source="region_code")
    successor = serializers.CharField(source="successor_siren")
    duplicate_of = serializers.CharField(source="duplicate_of_siren")

    class Meta:
        """The fields of the answer."""

        model = Organisation
        fields = (
            "siren",
            "name",
            "kind",
            "aliases",
            "names",
            "region",
            "successor",
            "duplicate_of",
            "distinct_from",
            "valid_from",
            "valid_to",
            "source",
            "synthetic",
            "version",
        )


class Read(generics.RetrieveAPIView):
    """One organisation."""

    queryset = Organisation.objects.all()
    serializer_class = OrganisationOut


urlpatterns = [path("v1/organisations/<str:pk>", Read.as_view())]


class Served(BaseApplication):
    """The process."""

    def load_config(self) -> None:
        """One worker, as each of the others is one process."""
        options = {"bind": f"127.0.0.1:{PORT}", "threads": AT_ONCE, "keepalive": 60, "loglevel": "error"}
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application."""
        return WSGIHandler()


if __name__ == "__main__":
    Served().run()
