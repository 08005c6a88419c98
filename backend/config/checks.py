"""System checks: a wrong deployment refuses to start, loudly, and says what to set."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def production_is_complete(app_configs, **_kwargs) -> list[Error]:
    """Production needs PostgreSQL, Redis, HTTPS, a long key, and no demo switches."""
    if not settings.PRODUCTION:
        return []
    rules = (
        ("E001", settings.DEBUG, "DEBUG is on", "Set DEBUG=0."),
        ("E002", len(settings.SECRET_KEY) < 50, "SECRET_KEY is short", "Set one of at least 50 random characters."),
        ("E003", "sqlite" in settings.DATABASES["default"]["ENGINE"], "SQLite in production", "Set DATABASE_URL=postgres://…"),
        ("E004", not settings.REDIS_URL, "no Redis", "Set REDIS_URL: several processes cannot share memory."),
        ("E005", not settings.HTTPS, "PUBLIC_URL is not https", "Set PUBLIC_URL=https://…"),
        ("E006", settings.RUN_WORKER_INLINE, "the worker runs inside the web process", "Unset RUN_WORKER_INLINE; run `manage.py run_worker`."),
        ("E007", settings.DEMO_MODE or settings.DEMO_BOTS, "demo switches are on", "Unset DEMO_MODE and DEMO_BOTS."),
        ("E008", "consolemail" in settings.EMAIL_BACKEND or "console" in settings.EMAIL_BACKEND, "mail goes to the console", "Set EMAIL_URL=smtp://…"),
    )
    return [Error(f"Production: {what}.", hint=hint, id=f"fairway.{code}") for code, wrong, what, hint in rules if wrong]
