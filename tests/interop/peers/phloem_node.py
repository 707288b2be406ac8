"""A node of a mesh in Python, made from protocol/SPEC.md alone: nothing here was taken from Phloem's own client.

It reads along: every entry of the log from a cursor on (`every`), and the newest of everything if asked (`latest`). It
dials anew after every kind of end and goes on at its cursor. `tell(kind, facts)` learns of all that happens.
"""

import asyncio
import random
import time
import uuid

import socketio

ATTEMPT_LIMIT = 1.5
FIRST_BOUND = 0.05
LAST_BOUND = 2.0
HEALTHY_AFTER = 5.0
COMMIT_EVERY = 0.05


class Node:
    """Stays in the mesh until it is told to end, or not to come back."""

    def __init__(self, url, node_id, role, token, tell, from_start=False, latest=False, mute=False):
        self.url = url
        self.node_id = node_id
        self.role = role
        self.token = token
        self.tell = tell
        self.latest = latest
        self.mute = mute
        self.run_id = uuid.uuid4().hex[:16]
        # Epoch and number of the last entry that was worked off. An unknown epoch is answered from the oldest entry on.
        self.cursor = {"epoch": "000000000000", "lsn": 0} if from_start else None
        self.attempt = 0
        self.is_ending = asyncio.Event()
        self.session = None

    async def run(self):
        failures = 0
        while not self.is_ending.is_set():
            self.attempt += 1
            self.session = Session(self)
            bye, lived = await self.session.run()
            if bye and not bye["retry"]:
                return
            failures = 1 if lived > HEALTHY_AFTER else failures + 1
            await self.rest(bye["afterMs"] / 1000 if bye and "afterMs" in bye else pause_after(failures))

    async def rest(self, seconds):
        try:
            await asyncio.wait_for(self.is_ending.wait(), seconds)
        except asyncio.TimeoutError:
            pass


def pause_after(failures):
    """HB4: the first attempt at once, then full jitter under a bound that doubles."""
    return 0 if failures <= 1 else random.uniform(0, min(FIRST_BOUND * 2 ** (failures - 2), LAST_BOUND))


class Session:
    """One connection, from its dial to its end."""

    def __init__(self, node):
        self.node = node
        self.sio = socketio.AsyncClient(reconnection=False)
        self.is_over = asyncio.Event()
        self.welcome = None
        self.welcomed_at = 0
        self.bye = None
        self.seq = 0
        self.commit_is_due = False
        self.version = None
        self.parts = []
        self.pulse = Pulse()
        for event in ("welcome", "bye", "subscribed", "entries", "heartbeat", "snapshot", "changes"):
            self.sio.on(event, getattr(self, "on_" + event))
        self.sio.on("disconnect", self.is_over.set)

    def hello(self):
        """GR1: travels in the CONNECT packet."""
        node = self.node
        subscriptions = [{"sub": "all", "mode": "every", "filter": {}, "cursor": node.cursor}]
        if node.latest:
            subscriptions.append({"sub": "now", "mode": "latest", "filter": {}, "cursor": None})
        return {
            "protocol": {"major": 1, "minor": 0},
            "nodeId": node.node_id,
            "run": node.run_id,
            "attempt": node.attempt,
            "role": node.role,
            "token": node.token,
            "software": "python-socketio",
            "subscriptions": subscriptions,
        }

    async def run(self):
        work = []
        try:
            await self.sio.connect(self.node.url, auth=self.hello(), transports=["websocket"], wait_timeout=ATTEMPT_LIMIT)
            work = [asyncio.ensure_future(each) for each in (self.is_over.wait(), self.node.is_ending.wait(), self.beat(), self.commit())]
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        except socketio.exceptions.ConnectionError:
            pass
        for each in work:
            each.cancel()
        await self.hang_up()
        lived = time.monotonic() - self.welcomed_at if self.welcome else 0
        if self.welcome:
            self.node.tell("ended", {"lived": lived})
        return self.bye, lived

    async def hang_up(self):
        """A polite end waits for the other side, which may be the one that does not answer."""
        try:
            await asyncio.wait_for(self.sio.disconnect(), 0.2)
        except asyncio.TimeoutError:
            pass
        if self.sio.eio.http:
            await self.sio.eio.http.close()

    def on_welcome(self, welcome):
        self.welcome = welcome
        self.welcomed_at = time.monotonic()
        self.node.tell("welcome", welcome)
        for grant in welcome["subscriptions"]:
            self.on_subscribed(grant)

    def on_subscribed(self, grant):
        if grant["sub"] != "all":
            return
        if "lost" in grant:
            self.node.tell("lost", grant)
        self.node.cursor = {"epoch": self.welcome["log"]["epoch"], "lsn": grant["from"]}

    def on_bye(self, bye):
        self.bye = bye
        self.node.tell("bye", bye)
        self.is_over.set()

    def on_entries(self, batch):
        """EV1: the receiver's gate."""
        cursor = self.node.cursor["lsn"]
        if batch["last"] <= cursor:
            return
        if batch["prev"] > cursor:
            self.node.tell("gap", {"cursor": cursor, "prev": batch["prev"]})
            self.is_over.set()
            return
        self.node.cursor = {"epoch": batch["epoch"], "lsn": batch["last"]}
        self.node.tell("entries", [entry for entry in batch["entries"] if entry["lsn"] > cursor])
        self.commit_is_due = True

    async def commit(self):
        """EV4: a cursor alone, at most every 50 ms, the newest one."""
        while True:
            await asyncio.sleep(COMMIT_EVERY)
            if self.commit_is_due:
                self.commit_is_due = False
                self.seq += 1
                position = {"epoch": self.node.cursor["epoch"], "cursor": self.node.cursor["lsn"]}
                await self.sio.emit("commit", {"sub": "all", "seq": self.seq, **position, "commands": [], "alarms": [], "values": []})

    async def beat(self):
        """HB1, HB2: says that it lives, and ends when one of its own heartbeats stays unanswered."""
        while not self.welcome:
            await asyncio.sleep(0.005)
        terms = self.welcome["heartbeat"]
        while not self.pulse.is_dead(terms["deadMs"] / 1000):
            beat = self.pulse.next()
            if self.node.mute:
                beat.pop("echo", None)
            await self.sio.emit("heartbeat", beat)
            await asyncio.sleep(terms["everyMs"] / 1000)
        self.node.tell("dead", {"answered": self.pulse.answered})

    def on_heartbeat(self, beat):
        self.pulse.hear(beat)

    def on_snapshot(self, part):
        """LA1: a large one comes in parts; each list is what the lists of all parts make together."""
        if part.get("part", 1) == 1:
            self.parts = []
        self.parts.append(part)
        if len(self.parts) < part.get("of", 1):
            return
        snapshot = {**part, "site": {**part["site"]}}
        for name, value in part.items():
            if isinstance(value, list):
                snapshot[name] = [item for each in self.parts for item in each[name]]
        for name, value in part["site"].items():
            if isinstance(value, list):
                snapshot["site"][name] = [item for each in self.parts for item in each["site"][name]]
        self.version = snapshot["version"]
        self.node.tell("snapshot", snapshot)

    def on_changes(self, changes):
        """LA1: changes that do not continue what is here would leave it wrong for ever."""
        if changes["from"] > self.version:
            self.node.tell("gap", {"cursor": self.version, "prev": changes["from"]})
            self.is_over.set()
            return
        self.version = changes["version"]
        self.node.tell("changes", changes)


class Pulse:
    """What is known of the two ways of a connection."""

    def __init__(self):
        self.n = 0
        self.answered = 0
        self.unanswered = {}
        self.heard = None

    def next(self):
        now = time.monotonic()
        self.n += 1
        self.unanswered[self.n] = now
        beat = {"n": self.n, "t": now * 1000, "lagMs": 0}
        if self.heard:
            theirs, at = self.heard
            beat["echo"] = {"n": theirs["n"], "t": theirs["t"], "heldMs": (now - at) * 1000}
        return beat

    def hear(self, beat):
        self.heard = (beat, time.monotonic())
        if "echo" in beat:
            self.answered = beat["echo"]["n"]
            self.unanswered = {n: at for n, at in self.unanswered.items() if n > self.answered}

    def is_dead(self, limit):
        return any(time.monotonic() - at > limit for at in self.unanswered.values())
