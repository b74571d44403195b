"""Reads the words of `forward`, property by property."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from corefile.golang.letters import to_upper
from corefile.ir.addresses import parse_ip, split_host_port
from corefile.ir.mnemonics import RCODES
from corefile.ir.values import Duration, Zone
from corefile.plugins.args import Args
from corefile.plugins.forward.config import DohMethod, Forward, Policy
from corefile.plugins.key_files import tls_files

POLICIES: tuple[Policy, ...] = ("random", "round_robin", "sequential")
DOH_METHODS: tuple[DohMethod, ...] = ("POST", "GET")

ZERO = Duration(0)


def read(args: Args) -> Forward:
    """`forward FROM TO...`; the upstreams are read behind the block, as some properties change what they mean."""
    zone = args.zone(args.take("FROM"))
    args.rest(1, what="TO")
    return Forward(zone=zone)


def except_(config: Forward, args: Args) -> Forward:
    return replace(config, ignored=config.ignored + args.zones(args.rest(1, what="ZONE")))


def force_tcp(config: Forward, args: Args) -> Forward:
    args.end()
    return replace(config, force_tcp=True)


def prefer_udp(config: Forward, args: Args) -> Forward:
    args.end()
    return replace(config, prefer_udp=True)


def max_fails(config: Forward, args: Args) -> Forward:
    return replace(config, max_fails=args.unsigned(args.take("N"), 32, what="fails"))


def max_connect_attempts(config: Forward, args: Args) -> Forward:
    return replace(config, max_connect_attempts=args.unsigned(args.take("N"), 32, what="attempts"))


def health_check(config: Forward, args: Args) -> Forward:
    """`DURATION [no_rec] [domain NAME]`: a second line resets the name, not the flag."""
    interval = args.duration(args.take("DURATION"), ZERO, what="interval")
    config = replace(config, health_check=interval, health_domain=Zone("."))
    while word := args.maybe():
        if args.choice(word, ("no_rec", "domain"), "option") == "no_rec":
            config = replace(config, health_recursion=False)
        else:
            config = replace(config, health_domain=args.domain(args.take("NAME")))
    return config


def tls(config: Forward, args: Args) -> Forward:
    """Without files it is what holds without the line: the system's CAs and no certificate."""
    return replace(config, tls=tls_files(args, args.rest(0, 3)) or None)


def tls_servername(config: Forward, args: Args) -> Forward:
    return replace(config, tls_servername=args.take("NAME").text)


def expire(config: Forward, args: Args) -> Forward:
    return replace(config, expire=args.duration(args.take("DURATION"), ZERO, what="expire"))


def max_age(config: Forward, args: Args) -> Forward:
    return replace(config, max_age=args.duration(args.take("DURATION"), ZERO, what="age"))


def max_idle_conns(config: Forward, args: Args) -> Forward:
    return replace(config, max_idle=args.integer(args.take("N"), 0, what="connections"))


def read_timeout(config: Forward, args: Args) -> Forward:
    return replace(config, read_timeout=args.duration(args.take("DURATION"), Duration(1), what="timeout"))


def doh_method(config: Forward, args: Args) -> Forward:
    return replace(config, doh_method=cast("DohMethod", args.choice(args.take("METHOD"), DOH_METHODS, "method")))


def policy(config: Forward, args: Args) -> Forward:
    return replace(config, policy=cast("Policy", args.choice(args.take("POLICY"), POLICIES, "policy")))


def max_concurrent(config: Forward, args: Args) -> Forward:
    return replace(config, max_concurrent=args.integer(args.take("N"), 0, what="queries"))


def next_(config: Forward, args: Args) -> Forward:
    return replace(config, next_rcodes=config.next_rcodes + tuple(_rcodes(args)))


def next_on_nodata(config: Forward, args: Args) -> Forward:
    args.end()
    return replace(config, next_on_nodata=True)


def failfast(config: Forward, args: Args) -> Forward:
    args.none()
    return replace(config, failfast_all_unhealthy_upstreams=True)


def failover(config: Forward, args: Args) -> Forward:
    return replace(config, failover=config.failover + tuple(_rcodes(args, success=False)))


def _rcodes(args: Args, *, success: bool = True) -> list[int]:
    found: list[int] = []
    for word in args.rest(1, what="RCODE"):
        rcode = RCODES.get(to_upper(word.text))
        if rcode is None:
            args.choice(word, tuple(RCODES), "rcode")
        elif not (rcode or success):
            args.refuse("CF209", f"rcode '{word.text}' is a success, there is nothing to fail over for", word)
        else:
            found.append(rcode)
    return found


def resolver(config: Forward, args: Args) -> Forward:
    """The last of several lines counts."""
    words = args.rest(1, what="ADDRESS")
    for word in words:
        parts = split_host_port(word.text)
        if parse_ip(parts[0] if parts else word.text) is None:
            args.refuse("CF208", f"resolver '{word.text}' is not an IP address, alone or with a port", word)
    return replace(config, resolver=tuple(word.text for word in words))


def source_address(config: Forward, args: Args) -> Forward:
    return replace(config, source_address=args.ip(args.take("ADDRESS")))
