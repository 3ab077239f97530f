"""Load generator: `wrk` posting one JSON record at a time, the same for Oddflow and its peers.

    python load.py URL [--connections 32] [--seconds 10] [--threads 1] [--warmup 2] [--body JSON]

Out: one JSON object: requests per second, p50 and p99 in milliseconds, errors by kind. Exit code 1
when there were errors: figures of a server that fails do not count.

wrk sends the next request of a connection when the last was answered (closed loop), so latency at
N connections follows from throughput. Needs the Debian package `wrk`. One wrk thread by default:
on two cores the server should have most of the machine.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("score.lua")


def run_wrk(url: str, connections: int, threads: int, seconds: int, body: str | None) -> dict:
    command = [
        "wrk",
        f"--connections={connections}",
        f"--threads={threads}",
        f"--duration={seconds}s",
        # A slow answer is to be measured, not cut off; wrk's default is 2 s.
        "--timeout=10s",
        f"--script={SCRIPT}",
        url,
    ]
    if body:
        command += ["--", body]
    result = subprocess.run(command, capture_output=True, text=True)
    # wrk prints its own report first; the line of score.lua is the last.
    last = result.stdout.strip().rpartition("\n")[2]
    if result.returncode != 0 or not last.startswith("{"):
        sys.exit(f"wrk failed: {result.stderr.strip() or result.stdout.strip()}")
    return json.loads(last)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1, help="threads of wrk (default: 1)")
    parser.add_argument("--warmup", type=int, default=2, help="seconds not measured (default: 2)")
    parser.add_argument("--body", help="JSON record to post (default: the form's first example)")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk not found: install the Debian package wrk")
    common = (arguments.url, arguments.connections, arguments.threads)
    if arguments.warmup:
        run_wrk(*common, arguments.warmup, arguments.body)
    figures = run_wrk(*common, arguments.seconds, arguments.body)
    print(json.dumps({"url": arguments.url, "connections": arguments.connections} | figures, indent=2))
    if any(figures["errors"].values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
