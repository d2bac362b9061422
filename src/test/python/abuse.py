#!/usr/bin/env python3
"""Attacks a relay in many ways for ten minutes while it serves other clients: abuse.py PORT PID [SECONDS]

abuse.py PORT PID SECONDS each: runs each attack alone, after as many seconds without one, and measures what it costs the others.

100 good clients receive what is published on the topic "good", and check that nothing is missing, repeated or
out of order. Meanwhile 200 connections drip headers, bodies and frames, flood with pings, commands and
empty fragments, send garbage, reset, or stop reading. They are in a separate process with the lowest priority, since in
practice they would be on other machines. Measured before and after: heap after a full collection, descriptors,
threads. Needs jcmd. Start the relay with --register-ttl 30s --history-age 30s, so that what it keeps has expired at the end.
"""

import base64
import json
import multiprocessing
import os
import random
import re
import select
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request

PORT, PID = int(sys.argv[1]), int(sys.argv[2])
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 600.0
EACH = sys.argv[4:] == ["each"]
GOOD, BAD, PER_SECOND, SETTLE = 100, 200, 50, 120
# Without a lock: a process killed while holding one would block all others.
stopped = multiprocessing.RawValue("b", 0)
counts = {}
counts_lock = threading.Lock()


def count(what):
    with counts_lock:
        counts[what] = counts.get(what, 0) + 1


def post(path, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def connect():
    return socket.create_connection(("127.0.0.1", PORT), timeout=30)


def upgrade(client_id):
    sock = connect()
    key = base64.b64encode(os.urandom(16)).decode()
    sock.sendall(
        f"GET /ws/{client_id} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        more = sock.recv(1)
        if not more:
            raise OSError("refused")
        head += more
    if b" 101 " not in head:
        raise OSError("refused")
    return sock


def frame(first, payload, length=None):
    size = len(payload) if length is None else length
    mask = os.urandom(4)
    masked = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    if size < 126:
        return bytes([first, 0x80 | size]) + mask + masked
    if size < 65536:
        return bytes([first, 0xFE]) + struct.pack(">H", size) + mask + masked
    return bytes([first, 0xFF]) + struct.pack(">Q", size) + mask + masked


class Good:
    """The clients that must notice nothing."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.next = {}
        self.missing = self.repeated = self.lost = self.received = 0
        self.waits = []
        for number in range(GOOD):
            sock = upgrade(post("/register", {"user_id": f"good{number}", "topics": ["good"]})["id"])
            sock.setblocking(False)
            self.next[sock] = [0, b""]
            self.selector.register(sock, selectors.EVENT_READ)

    def run(self):
        while self.next and not (stopped.value and not self.step(1.0)):
            if not stopped.value:
                self.step(0.1)

    def step(self, wait):
        ready = self.selector.select(wait)
        for key, _ in ready:
            self.read(key.fileobj)
        return ready

    def read(self, sock):
        state = self.next[sock]
        try:
            more = sock.recv(65536)
        except OSError:
            more = b""
        if not more:
            self.lost += 1
            self.selector.unregister(sock)
            del self.next[sock]
            return
        data = state[1] + more
        while len(data) >= 2:
            size, at = data[1] & 127, 2
            if size == 126:
                if len(data) < 4:
                    break
                size, at = struct.unpack(">H", data[2:4])[0], 4
            if len(data) < at + size:
                break
            self.frame(sock, state, data[0] & 15, data[at : at + size])
            data = data[at + size :]
        state[1] = data

    def frame(self, sock, state, op_code, payload):
        if op_code == 9:
            sock.send(frame(0x8A, payload))
        elif op_code == 1:
            number, sent = payload.split()
            self.received += 1
            self.waits.append(time.monotonic() - float(sent))
            if int(number) < state[0]:
                self.repeated += 1
            else:
                self.missing += int(number) - state[0]
                state[0] = int(number) + 1


    def report(self, sent):
        print(
            f"good clients: {sent} published, {self.received} received by {GOOD}; {self.missing} missing,"
            f" {self.repeated} repeated or out of order, {self.lost} connections lost,"
            f" {sent * GOOD - self.received} not received"
        )
        sys.exit(1 if self.missing or self.repeated or self.lost or sent * GOOD != self.received else 0)


def publish_to_good(sent):
    begin = time.monotonic()
    while not stopped.value:
        post("/publish", {"topic": "good", "message": f"{sent[0]} {time.monotonic()}"})
        sent[0] += 1
        time.sleep(max(0, begin + sent[0] / PER_SECOND - time.monotonic()))


def publish_bulk():
    """Messages for attackers that subscribe and do not read; a publisher sends them, not the attackers."""
    while not stopped.value:
        post("/publish", {"topic": "bulk", "message": "y" * 60000})
        time.sleep(0.1)


def drip(sock, data, pause=0.3):
    for i in range(len(data)):
        if stopped.value:
            return
        sock.sendall(data[i : i + 1])
        time.sleep(pause)


def drain(sock, seconds):
    sock.settimeout(seconds)
    while not stopped.value and sock.recv(65536):
        pass


def header_drip(_):
    drip(connect(), b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 1000)


def body_drip(_):
    sock = connect()
    sock.sendall(b"POST /publish/bad HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
    drip(sock, b"a" * 1000)


def garbage(_):
    sock = connect()
    sock.sendall(os.urandom(random.randrange(1, 20000)))
    drain(sock, 5)


def smuggle(_):
    sock = connect()
    sock.sendall(
        b"POST /publish/good HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nPOST /publish/good HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nbad"
    )
    drain(sock, 5)


def bad_json(_):
    sock = connect()
    body = b"[" * random.randrange(1, 100000)
    sock.sendall(
        b"POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    sock.sendall(body)
    drain(sock, 5)


def ndjson_abort(_):
    sock = connect()
    sock.sendall(
        b"POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    line = b'{"topic":"bad","message":"' + b"x" * 1000 + b'"}\n'
    for _ in range(200):
        sock.sendall(b"%x\r\n" % len(line) + line + b"\r\n")
    reset(sock)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def reset_socket(client_id):
    sock = upgrade(client_id)
    sock.sendall(frame(0x01, b'{"topi'))
    reset(sock)


def half_frame(client_id):
    sock = upgrade(client_id)
    sock.sendall(frame(0x81, b"a" * 10, 60000))
    drain(sock, 60)


def frame_drip(client_id):
    drip(upgrade(client_id), frame(0x81, b'{"topics":["bad"]}' * 100))


def flood(first, payload):
    def run(client_id):
        sock = upgrade(client_id)
        for _ in range(2000):
            sock.sendall(frame(first, payload) * 20)
        drain(sock, 5)

    return run


def garbage_frames(client_id):
    sock = upgrade(client_id)
    sock.sendall(os.urandom(5000))
    drain(sock, 5)


def never_reads(client_id):
    sock = upgrade(client_id)
    while not stopped.value and not hung_up(sock):
        time.sleep(0.2)
    reset(sock)


def hung_up(sock):
    """Whether the relay has ended its side, or the whole connection; does not read what it sent."""
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    return bool(poll.poll(0))


ATTACKS = [
    header_drip,
    body_drip,
    garbage,
    smuggle,
    bad_json,
    ndjson_abort,
    reset_socket,
    half_frame,
    frame_drip,
    garbage_frames,
    never_reads,
    flood(0x89, b"ping"),
    flood(0x00, b""),
    flood(0x81, b'{"topics":["bad"]}'),
]
ATTACKS[11].__name__, ATTACKS[12].__name__, ATTACKS[13].__name__ = "ping_flood", "fragment_flood", "command_flood"


def attacker(number, attacks, until):
    random.seed(number)
    while not stopped.value and time.monotonic() < until:
        attack = random.choice(attacks)
        try:
            topic = "bulk" if attack is never_reads else "bad"
            attack(post("/register", {"user_id": f"bad{random.randrange(1_000_000)}", "topics": [topic]})["id"])
            count(attack.__name__ + " to its end")
        except (OSError, ValueError):
            count(attack.__name__ + " cut off")
        time.sleep(0.05)


def attackers(results, attacks, seconds):
    os.nice(19)
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=attacker, args=(n, attacks, until), daemon=True) for n in range(BAD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, until - time.monotonic()) + (0 if EACH else 70))
    results.put(counts)


def attack_by_each(good):
    for attack in ATTACKS:
        time.sleep(3)
        good.waits.clear()
        time.sleep(SECONDS)
        calm = list(good.waits)
        results = multiprocessing.Queue()
        abuse = multiprocessing.Process(target=attackers, args=(results, [attack], SECONDS))
        good.waits.clear()
        abuse.start()
        time.sleep(SECONDS)
        abused = list(good.waits)
        done = results.get(timeout=90)
        abuse.kill()
        abuse.join()
        print(
            f"{attack.__name__:16} p50 {percentile(calm, 0.5):6.2f} -> {percentile(abused, 0.5):6.2f} ms,"
            f" p99 {percentile(calm, 0.99):6.2f} -> {percentile(abused, 0.99):6.2f} ms"
            f" = {percentile(abused, 0.99) / percentile(calm, 0.99):.2f}  {sum(done.values())} attacks",
            flush=True,
        )


def measure():
    subprocess.run(["jcmd", str(PID), "GC.run"], capture_output=True, check=True)
    info = subprocess.run(["jcmd", str(PID), "GC.heap_info"], capture_output=True, text=True, check=True).stdout
    used = sum(int(kib) for kib in re.findall(r"(?:garbage-first heap|new generation|tenured generation).*? used (\d+)K", info))
    status = open(f"/proc/{PID}/status", encoding="ascii").read()
    return {
        "heap KiB": used,
        "resident KiB": int(re.search(r"VmRSS:\s+(\d+)", status).group(1)),
        "threads": int(re.search(r"Threads:\s+(\d+)", status).group(1)),
        "descriptors": len(os.listdir(f"/proc/{PID}/fd")),
    }


def percentile(values, share):
    return sorted(values)[int(len(values) * share)] * 1000 if values else float("nan")


def main():
    good = Good()
    sent = [0]
    reader = threading.Thread(target=good.run)
    publisher = threading.Thread(target=publish_to_good, args=(sent,))
    reader.start()
    publisher.start()
    threading.Thread(target=publish_bulk, daemon=True).start()
    time.sleep(10)
    if EACH:
        attack_by_each(good)
        stopped.value = 1
        publisher.join()
        reader.join()
        good.report(sent[0])
    calm = list(good.waits)
    before = measure()
    good.waits.clear()
    results = multiprocessing.Queue()
    abuse = multiprocessing.Process(target=attackers, args=(results, ATTACKS, SECONDS))
    abuse.start()
    begin = time.monotonic()
    while time.monotonic() - begin < SECONDS:
        time.sleep(min(30, SECONDS))
        print(f"{time.monotonic() - begin:.0f} s: {measure()} good: {good.received} received, {good.lost} lost", flush=True)
    abused = list(good.waits)
    stopped.value = 1
    publisher.join()
    reader.join()
    attacks = results.get(timeout=90)
    abuse.join()
    time.sleep(SETTLE)
    after = measure()
    print("before:", before)
    print("after: ", after)
    print("attacks:", json.dumps(attacks, sort_keys=True, indent=1))
    for name, waits in (("calm", calm), ("abused", abused)):
        print(f"latency {name}: p50 {percentile(waits, 0.5):.2f} ms, p99 {percentile(waits, 0.99):.2f} ms")
    good.report(sent[0])


main()
