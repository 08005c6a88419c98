"""Argon2id at the strength rule 19 asks for: 19 MiB, two passes, one lane."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class SchoolArgon2Hasher(Argon2PasswordHasher):
    """Argon2id that a join storm of 2,000 sign-ins survives on two cores."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
