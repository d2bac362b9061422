#!/usr/bin/env python3
"""Compares relays that share an engine with a relay on its own, and with the engine's own ceiling.

  engine_bench.py JAR [RUNS]      JAR: target/relay.jar

Starts a redis-server without persistence, a relay on its own, and two that share the engine, all on this machine over loopback. Measures
each in turn, RUNS (3) times, with the relay's own `bench`: one subscriber and 64 publishers; one NDJSON stream; 1,000
subscribers and 8 publishers. `both` spreads the load over the two. The ceiling is the engine's own: redis-benchmark runs the publish
script, on 50 connections with 16 requests pending each, without subscribers. Prints the medians.
"""
import json, os, re, resource, signal, socket, statistics, subprocess, sys, tempfile, time, urllib.request, zipfile

SHAPES = {
    "64 publishers, 1 subscriber": ["--connections", "1", "--publishers", "64"],
    "NDJSON, 1 subscriber": ["--connections", "1", "--publishers", "1", "--ndjson"],
    "8 publishers, 1,000 subscribers": ["--connections", "1000", "--publishers", "8"],
}
FLAGS = ["-XX:+UseSerialGC", "-Xmn16m", "-XX:MinHeapFreeRatio=5", "-XX:MaxHeapFreeRatio=10"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def relay(jar, *flags):
    port = free_port()
    process = subprocess.Popen(["java", *FLAGS, "-jar", jar, "--port", str(port), *flags], stdout=subprocess.DEVNULL)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1)
            return process, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    sys.exit("a relay did not become ready")


def bench(jar, urls, shape):
    run = subprocess.run(["java", "-jar", jar, "bench", "--url", ",".join(urls), "--duration", "5s", "--warmup", "3s", "--json", *SHAPES[shape]],
                         capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        sys.exit(f"{shape}: {run.stdout[-600:]} {run.stderr[-600:]}")
    return json.loads(run.stdout)


def ceiling(jar, port):
    with zipfile.ZipFile(jar) as z:
        script = z.read("relay/engine/redis/publish.lua").decode()
    def cli(*words):
        return subprocess.run(["redis-cli", "-p", str(port), *words], capture_output=True, text=True, check=True).stdout.strip()
    cli("del", "{x}:h:bench")
    cli("hset", "{x}:log", "current", "run epoch", "run epoch", "0")
    digest = cli("script", "load", script)
    out = subprocess.run(["redis-benchmark", "-p", str(port), "-n", "200000", "-c", "50", "-P", "16", "-q", "evalsha", digest, "5", "{x}:log", "{x}:h:bench",
                          "{x}:i:", "{x}:last", "{x}:last:before", "run epoch", "{x}:t:bench", "- 1 - ", "x" * 100, "1000", "600000", "86400000", "", "600000"],
                         capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"([\d.]+) requests per second", out)[-1])


def main():
    jar, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    processes = []
    with tempfile.TemporaryDirectory() as directory:
        try:
            port = free_port()
            processes.append(subprocess.Popen(["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", directory],
                                              stdout=subprocess.DEVNULL))
            time.sleep(0.5)
            alone, a, b = (relay(jar, *flags) for flags in ([], *[["--engine", f"redis://127.0.0.1:{port}"]] * 2))
            processes += [alone[0], a[0], b[0]]
            settings = {"alone": [alone[1]], "one, engine": [a[1]], "both, engine": [a[1], b[1]]}
            found = {(shape, name): [] for shape in SHAPES for name in settings}
            ceilings = []
            for _ in range(runs):
                ceilings.append(ceiling(jar, port))
                for shape in SHAPES:
                    for name, urls in settings.items():
                        found[shape, name].append(bench(jar, urls, shape))
            print(f"the engine's ceiling: {statistics.median(ceilings):,.0f} publishes/s {[round(c) for c in ceilings]}")
            for (shape, name), results in found.items():
                def median(key):
                    return statistics.median(key(result) for result in results)
                faults = sum(result[key] for result in results for key in ("missing", "repeated", "reordered", "publish_failures", "closed"))
                print(f"{shape:32} {name:13} {median(lambda r: r['publishes_per_s']):>9,.0f} publishes/s"
                      f" {median(lambda r: r['deliveries_per_s']):>11,.0f} deliveries/s"
                      f"   p50 {median(lambda r: r['delivery_ms']['p50']):7.1f} ms   p99 {median(lambda r: r['delivery_ms']['p99']):7.1f} ms   {faults} faults")
        finally:
            for process in processes:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()


main()
