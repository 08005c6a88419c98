"""What the demo's students searched for in the last weeks and did not find, as counts by day."""

import random
from datetime import timedelta

from backend.common import clock
from backend.schools.models import School
from backend.wording.models import SearchTally

DAYS = 28
# A text, by about how many people it was searched for, what the share in vain was, and how many positions had its words.
TEXTS = (
    ("攻城狮", 64, 1.0, 0),
    ("程序猿", 41, 1.0, 0),
    ("新媒体小编", 38, 0.5, 2),
    ("潜水员", 26, 1.0, 0),
    ("无人机飞手", 55, 0.9, 1),
    ("barista", 19, 1.0, 0),
    ("远程办公", 73, 0.6, 3),
    ("马术教练", 8, 1.0, 0),
    ("会计", 212, 0.0, 40),
)


def build_searches(school: School, seed: int) -> int:
    """The rows of all these days; their number."""
    rng = random.Random(seed)
    rows = []
    for text, people, share, hits in TEXTS:
        days = [rng.randrange(DAYS) for _ in range(people)]
        for ago in sorted(set(days)):
            came = days.count(ago)
            missed = round(came * share)
            few = came - missed if 0 < hits <= 3 else 0
            day = clock.today() - timedelta(days=ago)
            rows.append(
                SearchTally(school=school, day=day, text=text, people=came, missed=missed, few=few, hits=hits)
            )
    return len(SearchTally.objects.bulk_create(rows))
