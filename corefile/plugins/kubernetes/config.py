"""What a `kubernetes` directive says, typed."""

from __future__ import annotations

from dataclasses import dataclass

from corefile.ir.program import Config
from corefile.ir.values import Duration, FilePath, Zone
from corefile.plugins.kubernetes.labels import LabelRequirement

POD_MODES = ("disabled", "insecure", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTLS(Config):
    """Files for the connection to the API; an empty path is one that was given as empty and is not used."""

    certificate: FilePath = FilePath("")
    key: FilePath = FilePath("")
    authority: FilePath = FilePath("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig(Config):
    """A kubeconfig file and the context to take from it; empty for the file's current one."""

    path: FilePath = FilePath("")
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubernetes(Config):
    """Which cluster, which of its objects, and how they are answered.

    `zones` are the block's when empty. Of `endpoints` only the first is used. Where the API is: `kubeconfig`, else
    `endpoints` with `tls`, else that of the pod CoreDNS runs in. `namespaces` are those that are shown, all when empty;
    `labels` choose services, slices and pods, `namespace_labels` namespaces; None where nothing is chosen. `pods` is
    one of `POD_MODES`. `endpoints_watched` is false with `noendpoints`. `multicluster` are the zones that are answered
    from service imports. The three `apiserver_` limits are those of the client, 0 for its defaults. `fallthrough` are
    the zones whose unknown names go on to the next plugin, empty for none.
    """

    zones: tuple[Zone, ...] = ()
    endpoints: tuple[str, ...] = ()
    tls: ClientTLS | None = None
    kubeconfig: Kubeconfig | None = None
    namespaces: tuple[str, ...] = ()
    labels: tuple[LabelRequirement, ...] | None = None
    namespace_labels: tuple[LabelRequirement, ...] | None = None
    pods: str = "disabled"
    endpoint_pod_names: bool = False
    ttl: Duration = Duration.of(5)
    endpoints_watched: bool = True
    zonal: bool = False
    ignore_empty_service: bool = False
    multicluster: tuple[Zone, ...] = ()
    startup_timeout: Duration = Duration.of(5)
    apiserver_qps: float = 0.0
    apiserver_burst: int = 0
    apiserver_max_inflight: int = 0
    fallthrough: tuple[Zone, ...] = ()
