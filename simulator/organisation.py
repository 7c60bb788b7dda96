"""The made-up organisation: its accounts, people, roles, machines and what they work on."""

from dataclasses import dataclass
from typing import NamedTuple

PRODUCTION = "111122223333"
SHARED = "444455556666"
HOME = "us-east-1"
BRANCH = "eu-west-1"


class Person(NamedTuple):
    """Someone with working hours, in UTC; ``user`` has an IAM user, others sign in by role."""

    name: str
    team: str
    starts: int
    ends: int
    account: str = PRODUCTION
    user: bool = False
    joins: float = 0.0  # share of the simulated days that pass before the first one


class Machine(NamedTuple):
    """An instance: its role, its private address, the bucket and table it works on."""

    instance: str
    role: str
    address: str
    account: str
    region: str
    routine: str


class Function(NamedTuple):
    """A Lambda function and the routine that it runs."""

    name: str
    account: str
    region: str
    routine: str


class Pipeline(NamedTuple):
    """A CI role, the routine it runs and the hours between its runs."""

    role: str
    account: str
    region: str
    routine: str


PEOPLE = (
    Person("alba", "platform", 7, 16),
    Person("bruno", "platform", 8, 17),
    Person("chidi", "platform", 13, 22, SHARED),
    Person("dalia", "developers", 8, 17),
    Person("emre", "developers", 8, 17),
    Person("farah", "developers", 9, 18),
    Person("goran", "developers", 14, 23),
    Person("hana", "developers", 14, 23),
    Person("ines", "developers", 7, 15),
    Person("jonas", "data", 8, 17),
    Person("kofi", "data", 9, 18),
    Person("lena", "data", 13, 22),
    Person("mateo", "support", 6, 14, user=True),
    Person("nadia", "support", 12, 20, user=True),
    Person("oskar", "finance", 8, 16, SHARED, user=True),
    Person("priya", "security", 8, 17, SHARED),
    Person("quentin", "security", 13, 21, SHARED),
    Person("rosa", "developers", 8, 17, joins=0.5),
)

MACHINES = tuple(
    Machine(f"i-0{number:02x}5c0ffee0{number:06x}", role, f"10.20.{net}.{number}", *rest)
    for number, (role, net, *rest) in enumerate(
        [("web-frontend", 1, PRODUCTION, HOME, "web")] * 6
        + [("orders-worker", 2, PRODUCTION, HOME, "worker")] * 4
        + [("batch-reports", 3, PRODUCTION, BRANCH, "batch")] * 2
        + [("bastion", 4, SHARED, HOME, "bastion")],
        start=11,
    )
)

FUNCTIONS = (
    Function("orders-intake", PRODUCTION, HOME, "intake"),
    Function("orders-notify", PRODUCTION, HOME, "notify"),
    Function("image-resize", PRODUCTION, HOME, "resize"),
    Function("invoice-export", PRODUCTION, BRANCH, "export"),
    Function("tag-enforcer", SHARED, HOME, "tags"),
    Function("log-shipper", SHARED, HOME, "ship"),
)

PIPELINES = (
    Pipeline("ci-deploy-orders", PRODUCTION, HOME, "deploy-functions"),
    Pipeline("ci-deploy-web", PRODUCTION, HOME, "deploy-web"),
    Pipeline("ci-infrastructure", PRODUCTION, HOME, "plan"),
    Pipeline("ci-deploy-reports", PRODUCTION, BRANCH, "deploy-web"),
    Pipeline("ci-images", SHARED, HOME, "images"),
)


class Key(NamedTuple):
    """An IAM user that a program works as, with a long-lived access key, at its hour."""

    user: str
    account: str
    source: str
    hour: float
    routine: str


KEYS = (
    Key("legacy-backup", PRODUCTION, "10.20.3.40", 1.0, "backup"),
    Key("partner-sync", PRODUCTION, "198.51.100.240", 6.0, "sync"),
)

NAMES = {
    "bucket": ("acme-orders", "acme-web-assets", "acme-reports", "acme-logs", "acme-build"),
    "cluster": ("web", "jobs"),
    "database": ("orders-db", "reports-db"),
    "function": tuple(f.name for f in FUNCTIONS),
    "instance": tuple(m.instance for m in MACHINES),
    "key": ("1f0c9a52-7d1e-4c0b-a0de-5a5e00000001", "1f0c9a52-7d1e-4c0b-a0de-5a5e00000002"),
    "log-group": ("/aws/lambda/orders-intake", "/aws/lambda/image-resize", "/ecs/web"),
    "parameter": ("/orders/url", "/orders/limits", "/web/theme", "/reports/cron"),
    "policy": ("deploy-orders", "read-reports"),
    "queue": ("orders", "orders-dead", "thumbnails"),
    "repository": ("web", "worker", "reports"),
    "role": ("web-frontend", "orders-worker", "ci-deploy-orders", "batch-reports", "admin"),
    "secret": ("orders/database", "reports/database", "web/session"),
    "snapshot": ("snap-0a11ce000000000a1", "snap-0a11ce000000000b2"),
    "stack": ("orders", "web", "reports", "network"),
    "table": ("orders", "sessions", "thumbnails"),
    "topic": ("orders-events", "alerts"),
    "trail": ("organisation",),
    "user": ("mateo", "nadia", "oskar", "legacy-backup", "partner-sync"),
    "group": ("support", "finance"),
    "alarm": ("orders-lag", "web-5xx"),
}
"""What there is to work on, by kind."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The simulated days: the second of the first midnight, how many, how many calls a day."""

    seed: int
    midnight: int
    days: int
    quota: tuple[int, ...]

    def at(self, day: int, hour: float) -> int:
        """Return the second of an hour (0 to 24, fractions allowed) of a day."""
        return self.midnight + day * 86_400 + int(hour * 3600)

    def weekday(self, day: int) -> int:
        """Return 0 for Monday to 6 for Sunday."""
        return (self.midnight // 86_400 + 3 + day) % 7

    def part(self, share: float) -> int:
        """Return the day that lies at a share (0 to 1) of the simulated time."""
        return min(self.days - 1, int(self.days * share))
