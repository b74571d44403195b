"""A Kubernetes API that never changes: kube_api.py PORT. Lists and watches of 10,000 services in 100 namespaces.

Watches bring what there is, when they are asked to (`sendInitialEvents`), and then nothing. Selectors mean nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from urllib.parse import parse_qs, urlsplit

SERVICES, NAMESPACES = 10_000, 100
VERSION = {"resourceVersion": "1"}
Resource = Mapping[str, object]


def namespaces() -> Iterator[Resource]:
    for number in range(NAMESPACES):
        yield {"metadata": {"name": f"ns{number}", **VERSION}}


def services() -> Iterator[Resource]:
    """Each with a cluster address and a port."""
    for number in range(SERVICES):
        address = f"10.96.{number >> 8}.{number & 255}"
        yield {
            "metadata": {"namespace": f"ns{number % NAMESPACES}", "name": f"s{number}", **VERSION},
            "spec": {
                "type": "ClusterIP",
                "clusterIP": address,
                "clusterIPs": [address],
                "ipFamilies": ["IPv4"],
                "ports": [{"name": "http", "protocol": "TCP", "port": 80}],
            },
        }


def endpoint_slices() -> Iterator[Resource]:
    """One for each service, with two endpoints."""
    for number in range(SERVICES):
        yield {
            "addressType": "IPv4",
            "metadata": {
                "namespace": f"ns{number % NAMESPACES}",
                "name": f"s{number}-a",
                "labels": {"kubernetes.io/service-name": f"s{number}"},
                **VERSION,
            },
            "ports": [{"name": "http", "protocol": "TCP", "port": 80}],
            "endpoints": [
                {"addresses": [f"10.{first}.{number >> 8}.{number & 255}"], "conditions": {"ready": True}}
                for first in (200, 201)
            ],
        }


RESOURCES = {
    "/api/v1/namespaces": ("v1", "Namespace", namespaces),
    "/api/v1/services": ("v1", "Service", services),
    "/apis/discovery.k8s.io/v1/endpointslices": ("discovery.k8s.io/v1", "EndpointSlice", endpoint_slices),
}


class Api(BaseHTTPRequestHandler):
    """HTTP/1.1 with JSON: clients that would rather have protobuf take it (the API's content negotiation)."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        found = RESOURCES.get(address.path)
        asked = parse_qs(address.query)
        if address.path == "/version":
            self._send({"major": "1", "minor": "33", "gitVersion": "v1.33.0"})
        elif found is None:
            self._send({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404}, status=404)
        elif asked.get("watch", ["false"])[0] in ("true", "1"):
            self._watch(*found[:2], found[2]() if asked.get("sendInitialEvents") == ["true"] else None)
        else:
            version, kind, items = found
            self._send({"kind": f"{kind}List", "apiVersion": version, "metadata": VERSION, "items": list(items())})

    def _send(self, body: Resource, *, status: int = 200) -> None:
        octets = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def _watch(self, version: str, kind: str, items: Iterator[Resource] | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        head = {"kind": kind, "apiVersion": version}
        if items is not None:
            for item in items:
                self._event("ADDED", {**head, **item})
            ended = {**VERSION, "annotations": {"k8s.io/initial-events-end": "true"}}
            self._event("BOOKMARK", {**head, "metadata": ended})
        self.wfile.flush()
        Event().wait()

    def _event(self, kind: str, resource: Resource) -> None:
        octets = json.dumps({"type": kind, "object": resource}).encode() + b"\n"
        self.wfile.write(b"%x\r\n%b\r\n" % (len(octets), octets))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: what is asked is of no interest."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Api)
    server.daemon_threads = True
    server.serve_forever()
