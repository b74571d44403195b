"""cache: keeps answers for their TTL."""

from __future__ import annotations

from dataclasses import dataclass, replace

from corefile.ir import names
from corefile.ir.program import Config
from corefile.ir.source import Word
from corefile.ir.values import Duration, Zone
from corefile.plugins.args import Args
from corefile.plugins.recurring import Flag
from corefile.plugins.spec import Example, Plugin, Property

CAPACITY = 9984
"""Entries that each of the two caches holds unless told otherwise."""

SECOND = Duration.of(1)
ZERO = Duration(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Config):
    """One of the two caches: how many answers it keeps, the longest and the shortest it keeps them."""

    capacity: int = CAPACITY
    max_ttl: Duration = Duration.of(3600)
    min_ttl: Duration = Duration.of(5)
    disabled_zones: tuple[Zone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefetch(Config):
    """When to ask again before an answer runs out.

    After `amount` queries that came less than `duration` apart, once less than `percentage` of the TTL is left.
    """

    amount: int = 0
    duration: Duration = Duration.of(60)
    percentage: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeStale(Config):
    """How long after its end an answer may still be given, and how it is refreshed.

    With `verify` the upstream is asked first, for at most `verify_timeout` (zero: as long as it takes). `ttl` is that
    of the stale reply, `recheck` the pause after a failed refresh. `prefer_positive` keeps a stale answer over an
    NXDOMAIN.
    """

    up_to: Duration = Duration.of(3600)
    verify: bool = False
    verify_timeout: Duration = ZERO
    ttl: Duration = ZERO
    recheck: Duration = ZERO
    prefer_positive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache(Config):
    """What is kept, for which zones (none: those of the server block), and for how long."""

    zones: tuple[Zone, ...] = ()
    success: Store = Store()
    denial: Store = Store(max_ttl=Duration.of(1800))
    prefetch: Prefetch = Prefetch()
    serve_stale: ServeStale | None = None
    prefer_positive: bool = False
    servfail: Duration = Duration.of(5)
    keepttl: bool = False


def read(args: Args) -> Cache:
    """`cache [TTL] [ZONES...]`: the first word is the TTL if it is an integer."""
    from corefile.golang.values import accepts, parse_atoi

    words = args.rest()
    config = Cache()
    if words and accepts(parse_atoi, words[0].text):
        ttl = _seconds(args, words.pop(0), least=1)
        config = replace(
            config, success=replace(config.success, max_ttl=ttl), denial=replace(config.denial, max_ttl=ttl)
        )
    return replace(config, zones=args.origins(words))


def success(config: Cache, args: Args) -> Cache:
    return replace(config, success=_store(config.success, args))


def denial(config: Cache, args: Args) -> Cache:
    return replace(config, denial=_store(config.denial, args))


def _store(store: Store, args: Args) -> Store:
    """`CAPACITY [TTL [MINTTL]]`; CoreDNS ignores what follows."""
    words = args.rest(1, what="CAPACITY")
    store = replace(store, capacity=args.integer(words[0], what="capacity"))
    if len(words) > 1:
        store = replace(store, max_ttl=_seconds(args, words[1], least=1))
    if len(words) > 2:
        store = replace(store, min_ttl=_seconds(args, words[2], least=0, what="minimum TTL"))
    return store


def prefetch(config: Cache, args: Args) -> Cache:
    words = args.rest(1, 3, what="AMOUNT")
    found = replace(config.prefetch, amount=args.integer(words[0], 0, what="amount"))
    if len(words) > 1:
        found = replace(found, duration=args.duration(words[1]))
    if len(words) > 2:
        found = replace(found, percentage=_percentage(args, words[2]))
    return replace(config, prefetch=found)


def _percentage(args: Args, word: Word) -> int:
    from corefile.golang.values import accepts, parse_atoi

    if not word.text.endswith("%"):
        args.refuse("CF215", f"percentage '{word.text}' must end in '%'", word)
    digits = word.text[:-1]
    if not accepts(parse_atoi, digits):
        args.refuse("CF205", f"'{digits}' is not an integer for percentage", word)
    if not 10 <= int(digits) <= 90:
        args.refuse("CF206", f"percentage '{word.text}' is out of range, 10% to 90% is allowed", word)
    return int(digits)


def serve_stale(config: Cache, args: Args) -> Cache:
    """`[DURATION [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]]`."""
    words = args.rest(0, 5)
    stale = ServeStale()
    if words:
        stale = replace(stale, up_to=args.duration(words[0], ZERO))
    if len(words) > 1:
        mode = args.choice(words[1], ("immediate", "verify"), "refresh mode", any_case=True)
        stale = replace(stale, verify=mode == "verify")
    behind = words[2:]
    if stale.verify and behind:
        stale = replace(stale, verify_timeout=args.duration(behind.pop(0), ZERO, what="verify timeout"))
    elif len(behind) > 2:
        args.too_many(behind[2])
    if behind:
        stale = replace(stale, ttl=_stale_ttl(args, behind[0]))
    if len(behind) > 1:
        stale = replace(stale, recheck=args.duration(behind[1], ZERO, Duration.of(300), what="recheck"))
    return replace(config, serve_stale=stale)


def _stale_ttl(args: Args, word: Word) -> Duration:
    ttl = args.duration(word, ZERO, Duration.of(2**32 - 1), what="TTL")
    if ttl % SECOND:
        args.refuse("CF215", f"TTL '{word.text}' is not a whole number of seconds", word)
    return ttl


def serve_stale_policy(config: Cache, args: Args) -> Cache:
    if config.prefer_positive:
        args.refuse("CF214", "'serve_stale_policy' given twice, only one is allowed")
    args.choice(args.one("POLICY"), ("prefer_positive",), "policy", any_case=True)
    return replace(config, prefer_positive=True)


def servfail(config: Cache, args: Args) -> Cache:
    ttl = args.duration(args.one("DURATION"), ZERO, Duration.of(300), what="SERVFAIL TTL")
    return replace(config, servfail=ttl)


def disable(config: Cache, args: Args) -> Cache:
    words = args.rest(1, what="'success' or 'denial'")
    zones = tuple(Zone(names.normalize(word.text)) for word in words[1:]) or (Zone("."),)
    if args.choice(words[0], ("success", "denial"), "cache") == "success":
        return replace(config, success=replace(config.success, disabled_zones=zones))
    return replace(config, denial=replace(config.denial, disabled_zones=zones))


def keepttl(config: Cache, args: Args) -> Cache:
    args.none()
    return replace(config, keepttl=True)


def finish(config: Cache, args: Args) -> Cache:
    """`serve_stale_policy` means nothing by itself."""
    if not config.prefer_positive:
        return config
    if config.serve_stale is None:
        args.refuse("CF214", "'serve_stale_policy' needs 'serve_stale', which is missing", help="add 'serve_stale'")
    return replace(config, serve_stale=replace(config.serve_stale, prefer_positive=True))


def _seconds(args: Args, word: Word, least: int, what: str = "TTL") -> Duration:
    return Duration.of(args.integer(word, least, what=what))


PLUGIN = Plugin(
    name="cache",
    summary="keeps answers for their TTL and gives them to the next who asks",
    usage=("cache [TTL] [ZONES...]",),
    config=Cache,
    read=read,
    once=True,
    finish=finish,
    properties=(
        Property(
            name="success",
            read=success,
            usage="success CAPACITY [TTL [MINTTL]]",
            doc="How many positive answers are kept, and the most and the least seconds that one is kept.",
            default="9984 3600 5",
            short={"5000": "5000 3600 5"},
        ),
        Property(
            name="denial",
            read=denial,
            usage="denial CAPACITY [TTL [MINTTL]]",
            doc="The same for NXDOMAIN and NODATA.",
            default="9984 1800 5",
            short={"5000": "5000 1800 5"},
        ),
        Property(
            name="prefetch",
            read=prefetch,
            usage="prefetch AMOUNT [DURATION [PERCENTAGE%]]",
            doc="Asks again before a popular answer runs out: AMOUNT queries with gaps below DURATION make it popular, "
            "and it is refreshed when less than PERCENTAGE of its TTL is left.",
            default="0 1m 10%",
            short={"3": "3 1m 10%"},
        ),
        Property(
            name="serve_stale",
            read=serve_stale,
            usage="serve_stale [DURATION [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]]",
            doc="Gives answers past their end while the upstream does not answer, for DURATION; `verify` asks the "
            "upstream first.",
            absent="off",
            short={"": "1h immediate 0s 0s", "1h verify": "1h verify 0s 0s 0s"},
            since="1.6.6",
        ),
        Property(
            name="serve_stale_policy",
            read=serve_stale_policy,
            usage="serve_stale_policy prefer_positive",
            doc="Keeps giving a stale positive answer when the refresh finds NXDOMAIN. Needs `serve_stale`.",
            absent="off",
            since="1.14.7",
        ),
        Property(
            name="servfail",
            read=servfail,
            usage="servfail DURATION",
            doc="How long a SERVFAIL is kept, at most five minutes; 0 keeps none.",
            default="5s",
            since="1.9.4",
        ),
        Property(
            name="disable",
            read=disable,
            usage="disable success|denial [ZONES...]",
            doc="Keeps no answers of that kind for these zones, or for any.",
            absent="none",
            short={"denial": "denial ."},
            since="1.9.4",
        ),
        Flag(
            name="keepttl",
            read=keepttl,
            doc="Gives answers with the TTL they came with instead of what is left of it.",
            since="1.10.1",
        ),
    ),
    labels={
        "success.capacity": "success capacity",
        "success.max_ttl": "success TTL",
        "success.min_ttl": "success minimum TTL",
        "success.disabled_zones": "disable success",
        "denial.capacity": "denial capacity",
        "denial.max_ttl": "denial TTL",
        "denial.min_ttl": "denial minimum TTL",
        "denial.disabled_zones": "disable denial",
        "serve_stale.up_to": "serve_stale",
        "prefer_positive": "serve_stale_policy",
    },
    description="""\
Without arguments everything in the block's zones is kept, positive answers for at most an hour and negative ones for at
most half an hour. TTL sets both bounds. A word that is no integer is a zone: `cache 30s` caches for a zone called
`30s.`
and for nothing else.

A block may have it once.
""",
    examples=(
        Example(
            title="keep what the upstreams say for at most 30 seconds",
            corefile="""\
. {
    cache 30
    forward . 192.0.2.1
}
""",
        ),
        Example(
            title="hold 5,000 answers, refresh popular ones early, and survive an outage of a day",
            corefile="""\
. {
    cache {
        success 5000
        denial 2500
        prefetch 10 1m 20%
        serve_stale 24h verify 2s
    }
    forward . 192.0.2.1
}
""",
        ),
    ),
)
