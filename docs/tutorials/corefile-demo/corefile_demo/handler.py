from functools import partial
from ipaddress import IPv4Address

from corefile_runtime.chain.handler import Handler, one
from corefile_runtime.chain.home import Home
from corefile_runtime.chain.reply import Outcome, Reply, Serve
from corefile_runtime.chain.site import Link
from corefile_runtime.wire.question import Query
from corefile_runtime.wire.rcodes import NOERROR, A
from corefile_runtime.wire.records import Record
from corefile_runtime.wire.replies import compose

from corefile_demo.spec import Demo


def prepare(config: Demo, _home: Home) -> Link:
    inside, outside = (IPv4Address(text).packed for text in (config.inside, config.outside))
    return lambda site: partial(serve, inside, outside, site.next)


def serve(inside: bytes, outside: bytes, behind: Serve, query: Query) -> Outcome:
    if query.qtype != A:
        return behind(query)
    address = inside if query.via.client(query.peer)[0].startswith(("127.", "172.")) else outside
    return Reply(NOERROR, compose(query, NOERROR, [Record(query.asked, A, query.qclass, 60, address)]))


HANDLER = Handler(one(Demo, prepare), replays=True)
