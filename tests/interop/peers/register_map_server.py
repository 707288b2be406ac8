"""A Modbus TCP server by pymodbus with one unit, whose registers hold values of every type and order.

Its input's first line lists them: `[{table, address, number: {index, modulus, plus, times}, type, order, shift, width}, …]`.
Five times a second all are set from a counter, which is then printed. Bits beside a field hold noise. What was not listed does
not exist.
"""

import asyncio
import json
import logging
import struct
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusTcpServer

PERIOD = 0.2
BLOCKS = {"coil": "c", "discrete": "d", "input": "i", "holding": "h"}
FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f", "u64": ">Q", "s64": ">q", "f64": ">d"}


def say(facts):
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def number_of(value, counter):
    """The rule that the other side knows too."""
    rule = value["number"]
    return ((rule["index"] * 97 + counter * 7) % 800 % rule["modulus"] + rule["plus"]) * rule["times"]


def to_bytes(kind, number):
    if kind.startswith("bcd"):
        digits = {"bcd8": 2, "bcd16": 4, "bcd32": 8}[kind]
        return bytes.fromhex(str(number).zfill(digits))
    return struct.pack(FORMATS[kind], number)


def words_of(value, counter):
    number, kind, width, shift = number_of(value, counter), value["type"], value["width"], value["shift"]
    if kind == "bit":
        return [bool(number)]
    if width > 0:
        field = (int.from_bytes(to_bytes(kind, number), "big") if kind == "bcd8" else number) & ((1 << width) - 1)
        own = ((1 << width) - 1) << shift
        noise = (counter * 40503 + value["address"] * 977) & 0xFFFF
        return [(field << shift) | (noise & ~own)]
    data = to_bytes(kind, number)
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if value["order"] in ("CDAB", "DCBA"):
        words.reverse()
    if value["order"] in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return [int.from_bytes(word, "big") for word in words]


class Unit:
    """The one unit."""

    def __init__(self, values):
        self.values = values
        self.slave = ModbusSlaveContext(zero_mode=True, **{name: ModbusSparseDataBlock({}) for name in ("di", "co", "ir", "hr")})
        self.set(0)

    def set(self, counter):
        for value in self.values:
            block = self.slave.store[BLOCKS[value["table"]]].values
            for index, word in enumerate(words_of(value, counter)):
                block[value["address"] + index] = word


async def follow_input():
    """Ends when whoever started it closes its input, or has ended."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def main():
    unit = Unit(json.loads(sys.stdin.readline()))
    context = ModbusServerContext(slaves={1: unit.slave}, single=False)
    server = ModbusTcpServer(context, address=("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    say({"port": server.server.sockets[0].getsockname()[1]})
    over = asyncio.ensure_future(follow_input())
    counter = 0
    while not serving.done() and not over.done():
        await asyncio.sleep(PERIOD)
        counter += 1
        unit.set(counter)
        say({"counter": counter})


# The hub asks for registers that are not there, to learn where the holes are; that is no news.
logging.disable(logging.CRITICAL)
asyncio.run(main())
