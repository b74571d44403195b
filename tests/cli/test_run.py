"""`corefile run` as a process: flags, what it prints, how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import pytest

from tests.ports import free_port

PATIENCE = 60
FAREWELL = "SIGTERM: Shutting down servers then terminating"
COMMAND = str(Path(sys.executable).parent / "corefile")
COREFILE = ".:{port} {{\n    bind 127.0.0.1\n    whoami\n}}\n"


@contextmanager
def running(*arguments: str, cwd: Path, port: int, stdin: str = "") -> Generator[subprocess.Popen[str]]:
    """A server that answers; it is told to end at the end."""
    process = subprocess.Popen(
        [COMMAND, *arguments],
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        wait_for(port, process)
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(process.stdout.read() if process.stdout else "")


def read_until(lines: Iterable[str], words: str) -> str:
    """The first line with these words; fails at the end of the output."""
    return next(line for line in lines if words in line)


def ask(port: int, name: str = "a.example.org.") -> dns.message.Message:
    return dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", PATIENCE, port)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "-conf", "File"],
        ["run", "--conf=File"],
        ["-conf", "File"],
        ["run", "-conf", "stdin"],
        ["run", "--no-replay", "-conf", "File"],
    ],
)
def test_it_serves_and_ends(arguments: list[str], tmp_path: Path) -> None:
    port = free_port()
    text = COREFILE.format(port=port)
    (tmp_path / "File").write_text(text)
    with running(*arguments, cwd=tmp_path, port=port, stdin=text if "stdin" in arguments else "") as process:
        assert len(ask(port).additional) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
        assert lines[0] == f".:{port} on 127.0.0.1"
        assert lines[1].startswith("corefile-")


def test_transports_are_named_at_the_start(tmp_path: Path) -> None:
    """In CoreDNS's form; plain DNS has no name."""
    port = free_port()
    text = COREFILE.format(port=port).replace(".:", "tls://.:")
    (tmp_path / "Corefile").write_text(text)
    with running("run", cwd=tmp_path, port=port) as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert process.stdout.read().splitlines()[0] == f"tls://.:{port} on 127.0.0.1"


def test_the_built_in_default(tmp_path: Path) -> None:
    port = free_port()
    with running("run", "-dns.port", str(port), "-quiet", cwd=tmp_path, port=port) as process:
        assert len(ask(port).additional) == 2
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        asked, ended = process.stdout.read().splitlines()
        assert asked.startswith("[INFO] 127.0.0.1:")
        assert ended == "[INFO] SIGINT: Shutting down"


def test_pidfile_and_reload(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port))
    with running("run", "-pidfile", "pid", cwd=tmp_path, port=port) as process:
        assert ask(port).rcode() == 0
        assert int((tmp_path / "pid").read_text()) == process.pid
        (tmp_path / "Corefile").write_text(f"example.net:{port} {{\n    bind 127.0.0.1\n    whoami\n}}\n")
        os.kill(process.pid, signal.SIGUSR1)
        end = time.monotonic() + PATIENCE
        while ask(port).rcode() != 5 and time.monotonic() < end:
            pass
        assert ask(port).rcode() == 5
    assert not (tmp_path / "pid").exists()


def test_signals_count_before_it_has_started(tmp_path: Path) -> None:
    """The first one arrives while the server starts, the second one during the reload."""
    kick = "test -e kicked && kill -TERM $PPID || { touch kicked; kill -USR1 $PPID; }\n"
    (tmp_path / "kick").write_text(kick)
    (tmp_path / "Corefile").write_text(".:0 {\n    bind 127.0.0.1\n    on startup sh kick\n    whoami\n}\n")
    ended = subprocess.run(
        [COMMAND, "run"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 0
    said = ended.stdout.splitlines()
    order = [said.index(f"[INFO] {line}") for line in ("SIGUSR1: Reloading", "Reloading complete", FAREWELL)]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".:1053 {\n    nosuch\n}\n", ["Corefile:2:5: error: unknown directive 'nosuch' [CF201]"]),
        (".:1053 {\n    dnssec\n}\n", ["Corefile:2: plugin/dnssec: not supported by 'corefile run' yet"]),
        ("grpc://.:1053 {\n    whoami\n}\n", ["transport grpc:// is not supported by 'corefile run' yet"]),
        (
            ".:0 {\n    bind 192.0.2.1\n    whoami\n}\n",
            ["Corefile:2: plugin/bind: listen udp 192.0.2.1:0: bind: cannot assign requested address"],
        ),
        (".:1053 {\n    nosuch\n    neither\n}\n", ["'nosuch'", "'neither'"]),
    ],
)
def test_what_cannot_start_says_why_and_ends_with_1(text: str, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(text)
    ended = subprocess.run(
        [COMMAND, "run"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 1
    assert all(word in ended.stderr for word in words), ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_file(tmp_path: Path) -> None:
    ended = subprocess.run(
        [COMMAND, "run", "-conf", "none"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stderr) == (
        1,
        "corefile: cannot start: open none: no such file or directory\n",
    )


@pytest.mark.parametrize(("flag", "line"), [("-version", "corefile-"), ("-plugins", "acl")])
def test_what_only_prints(flag: str, line: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [COMMAND, "run", flag], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert ended.stdout.startswith(line)


def test_a_reload_into_an_unset_variable_keeps_the_old_configuration(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port))
    with running("run", cwd=tmp_path, port=port) as process:
        (tmp_path / "Corefile").write_text(".:{$UNSET_PORT} {\n    whoami\n}\n")
        process.send_signal(signal.SIGUSR1)
        assert process.stdout is not None
        said = read_until(process.stdout, "Restart failed")
        assert "Corefile:1:1: error: port missing after the last colon of '.:' [CF121]" in said
        assert len(ask(port).additional) == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigquit_ends_it_at_once(workers: str, tmp_path: Path) -> None:
    """As CoreDNS 1.14.7: without the time that `health` asks for, with status 0, and without a pidfile."""
    port = free_port()
    text = COREFILE.replace("whoami", "whoami\n    health 127.0.0.1:0 {{\n        lameduck 1h\n    }}")
    (tmp_path / "Corefile").write_text(text.format(port=port))
    arguments = "run", "-pidfile", "pid", "-quiet", "--workers", workers
    with running(*arguments, cwd=tmp_path, port=port) as process:
        process.send_signal(signal.SIGQUIT)
        assert process.wait(PATIENCE) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "[INFO] SIGQUIT: Quitting process immediately\n"
    assert not (tmp_path / "pid").exists()


def test_sigusr2_is_refused_in_the_log(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port))
    with running("run", "-quiet", cwd=tmp_path, port=port) as process:
        process.send_signal(signal.SIGUSR2)
        assert process.stdout is not None
        assert "SIGUSR2: " in read_until(process.stdout, "[WARNING]")
        assert len(ask(port).additional) == 2


def test_what_coredns_warns_of_at_the_start(tmp_path: Path) -> None:
    """A pattern without files, also at a reload; a zone that is hardly a name; a folder for a hosts file."""
    port = free_port()
    body = "{\n    bind 127.0.0.1\n    import none-*.conf\n    hosts /\n    whoami\n}\n"
    (tmp_path / "Corefile").write_text(f"192.0.2.5:{port} 192.0.2.0/24:{port} Name_.example:{port} " + body)
    with running("run", cwd=tmp_path, port=port) as process:
        assert process.stdout is not None
        read_until(process.stdout, "Corefile:3: no file matches import pattern 'none-*.conf'")
        read_until(process.stdout, '[WARNING] plugin/hosts: Hosts file "/" is a directory')
        said = [read_until(process.stdout, "") for _ in range(5)]
        place = f":{port} on 127.0.0.1\n"
        assert said == [
            'Warning: Domain "192.0.2.5." does not follow RFC1035 preferred syntax\n',
            f"192.0.2.5.{place}",
            f"2.0.192.in-addr.arpa.{place}",
            'Warning: Domain "name_.example." does not follow RFC1035 preferred syntax\n',
            f"name_.example.{place}",
        ]
        process.send_signal(signal.SIGUSR1)
        read_until(process.stdout, "[WARNING] Corefile:3: no file matches import pattern 'none-*.conf'")


def test_it_ends_though_a_command_at_its_end_hangs(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port).replace("whoami", "whoami\n    on shutdown sleep 60"))
    with running("run", cwd=tmp_path, port=port) as process:
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 1
        assert 4 < time.monotonic() - start < 10
        assert process.stdout is not None
        assert "in run" in process.stdout.read()  # where it hung


def test_a_log_that_nobody_reads_stops_neither_answers_nor_the_end(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port).replace("whoami", "whoami\n    log\n    health :0"))
    with running("run", cwd=tmp_path, port=port) as process:
        query = dns.message.make_query("a.example.org.", "A").to_wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.connect(("127.0.0.1", port))
            for _ in range(2500):  # twice what the pipe holds
                client.send(query)
                assert client.recv(4096)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("signalled", [signal.SIGSTOP, signal.SIGCONT])
def test_it_ends_though_a_worker_is_stopped(tmp_path: Path, signalled: signal.Signals) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port))
    with running("run", "--workers", "2", cwd=tmp_path, port=port) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signalled)
        start = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - start < 5
        assert all(not Path(f"/proc/{pid}").exists() for pid in children)


@pytest.mark.parametrize("workers", [1, 2])
def test_too_few_descriptors_are_told_in_a_sentence(workers: int, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "Corefile").write_text(COREFILE.format(port=port).replace("whoami", "whoami\n    health 127.0.0.1:0"))
    for most in range(7, 17):
        command = f'ulimit -n {most}; exec timeout 60 "{COMMAND}" run --workers {workers}'
        with subprocess.Popen(
            ["bash", "-c", command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            process.terminate()
            text = line + process.stdout.read()
        assert "Traceback" not in text
        assert line.startswith(f".:{port} on ") or "oo many open files" in line
