"""Configurations for name servers that read no Corefile, in their own dialects, with what a case has for us."""

from __future__ import annotations

UNBOUND = """\
server:
  interface: 127.0.0.1@$port
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  directory: "$dir"
  pidfile: ""
  module-config: "iterator"
  do-not-query-localhost: no
  num-threads: 1
  incoming-num-tcp: 200
  msg-cache-size: 64m
  rrset-cache-size: 128m
  outgoing-range: 4096
  num-queries-per-thread: 2048
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@$upstream
"""

UNBOUND_WITHOUT_CACHE = UNBOUND + "  forward-no-cache: yes\n"

DNSMASQ = """\
port=$port
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
user=root
pid-file=
server=127.0.0.1#$upstream
dns-forward-max=2000
"""

DNSMASQ_CACHED = DNSMASQ + "cache-size=10000\n"
DNSMASQ_WITHOUT_CACHE = DNSMASQ + "cache-size=0\n"
DNSMASQ_HOSTS = DNSMASQ + "addn-hosts=$dir/hosts\n"

NSD = """\
server:
  server-count: 1
  ip-address: 127.0.0.1@$port
  username: ""
  chroot: ""
  zonesdir: "$dir"
  database: ""
  zonelistfile: "$dir/zone.list"
  xfrdfile: "$dir/xfrd.state"
  xfrdir: "$dir"
  pidfile: ""
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: zone.example
  zonefile: "$dir/db.zone.example"
"""

# The stub of `upstream/udp.c` needs no configuration: what it spends on a query is the least a process can.
CACHED = {"unbound": UNBOUND, "dnsmasq": DNSMASQ_CACHED, "stub": ""}
