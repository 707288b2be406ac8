"""A Modbus TCP server by pymodbus, of which every value says to which unit, address and moment it belongs.

Its input's first line lists the values: `[[unit, table, address, type, times, plus], …]`. Five times a second all of them
are set from a counter, which is then printed. What was not listed does not exist.
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


def say(facts):
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def base_of(unit, address, counter):
    """The rule that the other side knows too: no two moments within 800 give the same."""
    return (unit * 97 + address * 31 + counter * 7) % 800


def words_of(kind, number):
    if kind == "bit":
        return [bool(number % 2)]
    if kind == "u16":
        return [number]
    if kind == "s16":
        return [number & 0xFFFF]
    packed = struct.pack(">I", number) if kind == "u32" else struct.pack(">f", number)
    high, low = struct.unpack(">HH", packed)
    return [low, high] if kind == "f32-low-word-first" else [high, low]


class Units:
    """The values of every unit."""

    def __init__(self, values):
        self.values = values
        self.slaves = {
            unit: ModbusSlaveContext(zero_mode=True, **{name: ModbusSparseDataBlock({}) for name in ("di", "co", "ir", "hr")})
            for unit in {value[0] for value in values}
        }
        self.set(0)

    def set(self, counter):
        for unit, table, address, kind, times, plus in self.values:
            block = self.slaves[unit].store[BLOCKS[table]].values
            for index, word in enumerate(words_of(kind, (base_of(unit, address, counter) + plus) * times)):
                block[address + index] = word


async def follow_input():
    """Ends when whoever started it closes its input, or has ended."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def main():
    units = Units(json.loads(sys.stdin.readline()))
    server = ModbusTcpServer(ModbusServerContext(slaves=units.slaves, single=False), address=("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    say({"port": server.server.sockets[0].getsockname()[1]})
    over = asyncio.ensure_future(follow_input())
    counter = 0
    while not serving.done() and not over.done():
        await asyncio.sleep(PERIOD)
        counter += 1
        units.set(counter)
        say({"counter": counter})


# The hub asks for registers that are not there, to learn where the holes are; that is no news.
logging.disable(logging.CRITICAL)
asyncio.run(main())
