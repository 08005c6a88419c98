"""A brake on eager programs. It counts in the cache and is no security measure: those are in accounts."""

from rest_framework.throttling import SimpleRateThrottle


class PersonRateThrottle(SimpleRateThrottle):
    """Per person when signed in, else per address."""

    scope = "person"

    def __init__(self) -> None:
        self.rate = None

    def allow_request(self, request, view) -> bool:
        """Choose the rate by who asks, then count."""
        self.scope = "person" if request.user.is_authenticated else "anonymous"
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request, view) -> str:
        """One counter per person or address."""
        ident = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
