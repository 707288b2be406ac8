"""Joins a mesh and prints what happens to it, a line of JSON each, until its input ends.

A line `send <event> <json>` on its input sends that, whatever it is: for trying what a hub makes of it.
"""

import argparse
import asyncio
import json
import sys

from phloem_node import Node


def tell(kind, facts):
    sys.stdout.write(json.dumps([kind, facts]) + "\n")
    sys.stdout.flush()


async def read_commands(node):
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        _, event, payload = line.decode().split(" ", 2)
        await node.session.sio.emit(event, tuple(json.loads(payload)))
    node.is_ending.set()


async def main():
    parser = argparse.ArgumentParser()
    for name in ("url", "node", "role", "token"):
        parser.add_argument("--" + name, required=True)
    for name in ("from-start", "latest", "mute"):
        parser.add_argument("--" + name, action="store_true")
    chosen = parser.parse_args()
    node = Node(chosen.url, chosen.node, chosen.role, chosen.token, tell, chosen.from_start, chosen.latest, chosen.mute)
    commands = asyncio.ensure_future(read_commands(node))
    await node.run()
    commands.cancel()


asyncio.run(main())
