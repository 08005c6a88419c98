"""Notifications, and outbox entries that were given up."""

import factory

from backend.common import clock
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification


class NotificationFactory(factory.django.DjangoModelFactory):
    """An unread notification."""

    class Meta:
        model = Notification

    class Params:
        read = factory.Trait(read_at=factory.LazyFunction(clock.now))

    user = factory.SubFactory("tests.factories.accounts.UserFactory")
    kind = "tests.greeting"
    params = factory.LazyFunction(lambda: {"name": "李华"})
    url = "/team/"
    dedupe_key = factory.Sequence(lambda n: f"key-{n}")


class DeadEntryFactory(factory.django.DjangoModelFactory):
    """An entry in the dead-letter list."""

    class Meta:
        model = OutboxEntry

    topic = "tests.topic"
    payload = factory.LazyFunction(lambda: {"secret": "canary"})
    attempts = 8
    last_error = "OSError('no mail server')"
    dead_at = factory.LazyFunction(clock.now)
