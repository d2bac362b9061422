#!/usr/bin/env python3
"""Compares relays that share an engine with a relay on its own, and with the engine's own ceiling.

  engine_bench.py JAR [RUNS]      JAR: target/relay.jar

Starts a redis-server without persistence, a relay on its own, and two that share the engine, all on this machine over loopback. Measures
each in turn, RUNS (3) times, with the relay's own `bench`: one subscriber and 64 publishers; one NDJSON stream; 1,000
subscribers and 8 publishers. `both` spreads the load over the two. The ceiling is the engine's own: a driver that
only calls the publish script, with so many messages in each call, two calls at a time. Prints the medians, and what the processes of the
relays and of the engine use of a processor for a message.
"""
import json, os, resource, signal, socket, statistics, subprocess, sys, tempfile, threading, time, urllib.request, zipfile

SHAPES = {
    "64 publishers, 1 subscriber": ["--connections", "1", "--publishers", "64"],
    "NDJSON, 1 subscriber": ["--connections", "1", "--publishers", "1", "--ndjson"],
    "8 publishers, 1,000 subscribers": ["--connections", "1000", "--publishers", "8"],
}
# Messages in a call of the script: a lone one, some, and as many as a relay sends at most.
BATCHES = (1, 16, 128)
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


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bench(jar, urls, shape, relays, engine, alone):
    def used():
        return sum(map(cpu_seconds, relays)), cpu_seconds(engine)
    before = used()
    # A stream to a relay on its own is faster than the subscriber reads.
    pace = ["--rate", "600000"] if "--ndjson" in SHAPES[shape] and alone else []
    run = subprocess.run(["java", "-jar", jar, "bench", "--url", ",".join(urls), "--duration", "5s", "--warmup", "3s", "--json", *SHAPES[shape], *pace],
                         capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        sys.exit(f"{shape}: {run.stdout[-600:]} {run.stderr[-600:]}")
    result = json.loads(run.stdout)
    # The warm-up is in both.
    messages = result["publishes_per_s"] * 8
    result["relay_us"], result["engine_us"] = ((b - a) * 1e6 / messages for a, b in zip(before, used()))
    return result


class Ceiling:
    """What the engine does for a driver that only calls the publish script: one topic with one subscriber, texts of 100 bytes."""

    def __init__(self, jar, port):
        with zipfile.ZipFile(jar) as z:
            script = z.read("relay/engine/redis/publish.lua")
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.replies = self.socket.makefile("rb")
        self.call("hset", "{x}:log", "current", "run epoch", "run epoch", "0")
        self.digest = self.call("script", "load", script)
        subscriber = socket.create_connection(("127.0.0.1", port))
        subscriber.sendall(encoded("subscribe", "{x}:t:bench"))
        threading.Thread(target=lambda: all(iter(lambda: subscriber.recv(1 << 20), b"")), daemon=True).start()

    def read(self):
        line = self.replies.readline()
        if line[:1] == b"-":
            sys.exit(line.decode())
        if line[:1] == b"$":
            return self.replies.read(int(line[1:]) + 2)[:-2]
        return [self.read() for _ in range(int(line[1:]))] if line[:1] == b"*" else line[1:-2]

    def call(self, *words):
        self.socket.sendall(encoded(*words))
        return self.read()

    def publishes_per_s(self, batch):
        keys = ["{x}:" + name for name in ("log", "last", "last:before", "names", "names:before", "retained", "retained:age", "retained:names", "h:bench")]
        message = ["1", "123456 - - - - 100\n", "x" * 100, ""]
        request = encoded("evalsha", self.digest, len(keys), *keys, "run epoch", "relay", 1000, 600000, 86400000, 600000, 1 << 26, 1,
                          "{x}:t:bench", "bench", *message * batch)
        # As a relay does: one call is under way while another is answered.
        self.socket.sendall(request * 2)
        calls, begin = 0, time.monotonic()
        while time.monotonic() - begin < 2:
            reply = self.read()
            assert len(reply) == 3 * batch and reply[0] == b"0", reply
            self.socket.sendall(request)
            calls += 1
        self.read(), self.read()
        return calls * batch / (time.monotonic() - begin)


def encoded(*words):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


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
            pids = {"alone": [alone[0].pid], "one, engine": [a[0].pid], "both, engine": [a[0].pid, b[0].pid]}
            settings = {"alone": [alone[1]], "one, engine": [a[1]], "both, engine": [a[1], b[1]]}
            found = {(shape, name): [] for shape in SHAPES for name in settings}
            engine = Ceiling(jar, port)
            ceilings = {batch: [] for batch in BATCHES}
            for _ in range(runs):
                for batch in BATCHES:
                    ceilings[batch].append(engine.publishes_per_s(batch))
                for shape in SHAPES:
                    for name, urls in settings.items():
                        found[shape, name].append(bench(jar, urls, shape, pids[name], processes[0].pid, name == "alone"))
            for batch, all_runs in ceilings.items():
                print(f"the engine's ceiling, {batch:3} in a call: {statistics.median(all_runs):>9,.0f} publishes/s {[round(c) for c in all_runs]}")
            for (shape, name), results in found.items():
                def median(key):
                    return statistics.median(key(result) for result in results)
                faults = sum(result[key] for result in results for key in ("missing", "repeated", "reordered", "publish_failures", "closed"))
                print(f"{shape:32} {name:13} {median(lambda r: r['publishes_per_s']):>9,.0f} publishes/s"
                      f" {median(lambda r: r['deliveries_per_s']):>11,.0f} deliveries/s"
                      f"   p50 {median(lambda r: r['delivery_ms']['p50']):7.1f} ms   p99 {median(lambda r: r['delivery_ms']['p99']):7.1f} ms"
                      f"   relays {median(lambda r: r['relay_us']):6.1f} us   engine {median(lambda r: r['engine_us']):5.1f} us   {faults} faults")
        finally:
            for process in processes:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()


main()
