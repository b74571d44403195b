"""From the words of a `kubernetes` directive to its config."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from corefile.golang.faults import SyntaxFault, ValueFault
from corefile.ir.source import Word
from corefile.ir.values import Duration, FilePath
from corefile.plugins.args import Args
from corefile.plugins.kubernetes.config import POD_MODES, ClientTLS, Kubeconfig, Kubernetes
from corefile.plugins.kubernetes.labels import LabelRequirement, parse_label_selector

REVERSE = (".in-addr.arpa.", ".ip6.arpa.")

_FLOAT32_MOST = float.fromhex("0x1.fffffep+127")
_FLOAT32_END = float.fromhex("0x1.ffffffp+127")  # what Go rounds up to infinity in 32 bits


def read(args: Args) -> Kubernetes:
    """`kubernetes [ZONES...]`.

    cross-block: without zones of its own, the block must have one that does not end in `REVERSE`; the zones of
    `multicluster` are then looked for among the block's.
    """
    words = args.rest()
    zones = args.zones(words)
    if words and all(zone.endswith(REVERSE) for zone in zones):
        args.refuse("CF210", "a zone that is no reverse zone is missing, at least one is needed", words[0])
    return Kubernetes(zones=zones)


def endpoint_pod_names(config: Kubernetes, args: Args) -> Kubernetes:
    args.none()
    return replace(config, endpoint_pod_names=True)


def pods(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, pods=args.choice(args.one("MODE"), POD_MODES, "mode"))


def namespaces(config: Kubernetes, args: Args) -> Kubernetes:
    """Several lines add up."""
    found = (*config.namespaces, *(word.text for word in args.rest(1, what="NAMESPACE")))
    return replace(config, namespaces=tuple(dict.fromkeys(found)))


def endpoint(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, endpoints=tuple(word.text for word in args.rest(1, what="URL")))


def tls(config: Kubernetes, args: Args) -> Kubernetes:
    certificate, key, authority = (FilePath(word.text) for word in args.rest(3, 3, "CERT, KEY or CACERT"))
    return replace(config, tls=ClientTLS(certificate=certificate, key=key, authority=authority))


def labels(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, labels=_selector(args))


def namespace_labels(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, namespace_labels=_selector(args))


def _selector(args: Args) -> tuple[LabelRequirement, ...]:
    words = args.rest(1, what="SELECTOR")
    text = " ".join(word.text for word in words)
    try:
        return parse_label_selector(text)
    except SyntaxFault as fault:
        word, start = _word_at(words, fault.start)
        part = (start, min(start + fault.end - fault.start, len(word.text)))
        args.refuse("CF215", f"label selector '{text}' is refused: {fault.message}", word, part=part)


def _word_at(words: Sequence[Word], offset: int) -> tuple[Word, int]:
    """The word with a character of all words joined by blanks, and the character's place in it."""
    at = 0
    while offset > len(words[at].text):
        offset -= len(words[at].text) + 1
        at += 1
    return words[at], offset


def ttl(config: Kubernetes, args: Args) -> Kubernetes:
    """CoreDNS ignores what follows the first number."""
    return replace(config, ttl=Duration.of(args.integer(args.rest(1, what="TTL")[0], 0, 3600, "TTL")))


def noendpoints(config: Kubernetes, args: Args) -> Kubernetes:
    args.none()
    return replace(config, endpoints_watched=False)


def zonal(config: Kubernetes, args: Args) -> Kubernetes:
    args.none()
    return replace(config, zonal=True)


def ignore(config: Kubernetes, args: Args) -> Kubernetes:
    """CoreDNS takes the word alone for nothing, and ignores what follows `empty_service`."""
    words = args.rest()
    if words and words[0].text != "empty_service":
        args.refuse("CF209", f"'{words[0].text}' cannot be ignored, 'empty_service' can", words[0])
    return replace(config, ignore_empty_service=bool(words) or config.ignore_empty_service)


def kubeconfig(config: Kubernetes, args: Args) -> Kubernetes:
    words = args.rest(1, 2, "FILE")
    context = words[1].text if len(words) > 1 else ""
    return replace(config, kubeconfig=Kubeconfig(path=FilePath(words[0].text), context=context))


def multicluster(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, multicluster=args.zones(args.rest()))


def startup_timeout(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, startup_timeout=args.duration(args.rest(1, what="DURATION")[0]))


def apiserver_qps(config: Kubernetes, args: Args) -> Kubernetes:
    from corefile.golang.values import parse_float

    word = args.one("NUMBER")
    try:
        found = parse_float(word.text)
    except ValueFault:
        args.refuse("CF205", f"'{word.text}' is not a number", word)
    if found < 0 or _FLOAT32_END <= found < inf:
        args.refuse("CF206", f"rate '{word.text}' is out of range, 0 to 3.4e38 is allowed", word)
    return replace(config, apiserver_qps=min(found, _FLOAT32_MOST) if found > 0 else 0.0)


def apiserver_burst(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, apiserver_burst=args.integer(args.one("NUMBER"), 0, what="burst"))


def apiserver_max_inflight(config: Kubernetes, args: Args) -> Kubernetes:
    return replace(config, apiserver_max_inflight=args.integer(args.one("NUMBER"), 0, what="number of requests"))


def finish(config: Kubernetes, args: Args) -> Kubernetes:
    """What must fit together, then what the Kubernetes client says of the way to the API.

    The client is made when all is read, also what hangs on the block: its faults are late.
    """
    if config.namespaces and config.namespace_labels is not None:
        args.refuse(
            "CF214",
            "'namespaces' and 'namespace_labels' exclude each other, one of them is allowed",
            related=_places(args, "namespaces", "namespace_labels"),
        )
    for zone in config.multicluster:
        if config.zones and zone not in config.zones:
            args.refuse(
                "CF214",
                f"multicluster zone '{zone}' is not one of the plugin's zones: {', '.join(config.zones)}",
                related=_places(args, "multicluster"),
            )
    if config.zonal and not config.endpoints_watched:
        args.refuse(
            "CF214",
            "'zonal' needs the endpoints that 'noendpoints' does without, one of them is allowed",
            related=_places(args, "zonal", "noendpoints"),
        )
    known = len(args.faults)
    try:
        _check_client(config, args)
    finally:
        args.faults[known:] = [fault._replace(late=True) for fault in args.faults[known:]]
    return config


def _places(args: Args, *properties: str) -> tuple[tuple[str, int], ...]:
    return tuple((f"'{name}' is here", args.index(args.named(name))) for name in properties)


def _check_client(config: Kubernetes, args: Args) -> None:
    """A kubeconfig wins over `endpoint`. In a cluster there is nothing to look at: the API is the pod's.

    CoreDNS opens the files of `tls` even when the API is plain HTTP, but only with an `endpoint`.
    """
    if config.kubeconfig is not None:
        _check_kubeconfig(config.kubeconfig.path, config.kubeconfig.context, args)
    elif config.endpoints:
        files = config.tls or ClientTLS()
        _check_tls(files, args)
        if config.endpoints[0]:
            _check_server(config.endpoints[0], args)
        elif files.authority:
            args.refuse("CF202", "'endpoint' is empty, a URL is expected", args.named("endpoint"))


def _check_kubeconfig(path: FilePath, context: str, args: Args) -> None:
    line = args.named("kubeconfig")
    if path:
        args.need("CF406", "kubeconfig", args.path(path, line), line)
    elif context:
        args.refuse("CF215", f"context '{context}' does not exist, the name of the kubeconfig is empty", line)


def _check_tls(files: ClientTLS, args: Args) -> None:
    line = args.named("tls")
    if files.certificate and not files.key:
        args.refuse("CF202", "the key of 'tls' is empty, a certificate needs one", line)
    for what, path in (("certificate", files.certificate), ("certificate authority", files.authority)):
        if path:
            args.need("CF403", what, args.path(path, line), line)
    if files.certificate:
        args.need("CF403", "key", args.path(files.key, line), line)


def _check_server(server: str, args: Args) -> None:
    """A URL, or a host with or without a port."""
    from corefile.golang.urls import Url, parse_url

    try:
        url = parse_url(server)
    except SyntaxFault:
        url = Url()
    if url.scheme and url.host:
        return
    try:
        url = parse_url(f"http://{server}")
    except SyntaxFault as fault:
        args.refuse("CF215", f"endpoint '{server}' is refused: {fault.message}", args.named("endpoint"))
    if url.path not in ("", "/"):
        args.refuse("CF215", f"endpoint '{server}' is neither a URL nor a host with a port", args.named("endpoint"))
