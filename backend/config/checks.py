"""System checks: a wrong deployment refuses to start, loudly, and says what to set."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security)
def production_is_complete(app_configs, **_kwargs) -> list[Error]:
    """Production needs PostgreSQL, Redis, HTTPS, a long key, and no demo switches."""
    return problems(settings)


def problems(conf) -> list[Error]:
    """What is wrong with these settings for production; nothing where PRODUCTION is off."""
    if not conf.PRODUCTION:
        return []
    rules = (
        ("E001", conf.DEBUG, "DEBUG is on", "Set DEBUG=0."),
        (
            "E002",
            len(conf.SECRET_KEY) < 50,
            "SECRET_KEY is short",
            "Set one of at least 50 random characters.",
        ),
        (
            "E003",
            "sqlite" in conf.DATABASES["default"]["ENGINE"],
            "SQLite in production",
            "Set DATABASE_URL=postgres://…",
        ),
        ("E004", not conf.REDIS_URL, "no Redis", "Set REDIS_URL: several processes cannot share memory."),
        ("E005", not conf.HTTPS, "PUBLIC_URL is not https", "Set PUBLIC_URL=https://…"),
        (
            "E006",
            conf.RUN_WORKER_INLINE,
            "the worker runs inside the web process",
            "Unset RUN_WORKER_INLINE; run `manage.py run_worker`.",
        ),
        ("E007", conf.DEMO_MODE or conf.DEMO_BOTS, "demo switches are on", "Unset DEMO_MODE and DEMO_BOTS."),
        ("E008", "smtp" not in conf.EMAIL_BACKEND, "mail reaches nobody", "Set EMAIL_URL=smtp://…"),
    )
    return [
        Error(f"Production: {what}.", hint=hint, id=f"fairway.{code}")
        for code, wrong, what, hint in rules
        if wrong
    ]
