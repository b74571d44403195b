"""What is loaded for HTTP, and when."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
sys.path[:0] = {path}
from corefile_runtime.testing import serve
with serve({body!r}) as server:
    print(*sorted({{"bcrypt", "h11"}} & set(sys.modules)))
    if server.engine.endpoints.servers:
        server.fetch("GET /health HTTP/1.0")
        print(*sorted({{"bcrypt", "h11"}} & set(sys.modules)))
"""


@pytest.mark.parametrize(("body", "loaded"), [("    whoami", ""), ("    health 127.0.0.1:0", "h11")])
def test_h11_is_loaded_for_who_asks_an_endpoint(body: str, loaded: str) -> None:
    program = PROGRAM.format(path=sys.path, body=body)
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.split() == loaded.split()
