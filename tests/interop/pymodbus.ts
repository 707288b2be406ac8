import { execFileSync, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { loadSite, openField, readProfiles } from '@phloem/backend';
import { firstValueFrom, map, takeUntil, timer, toArray } from 'rxjs';
import { findProgram, toSiteText, type InteropSuite } from './suite.ts';

const forMs = 60_000;

/** Registers 0 to 9 hold 4000 + n. The names changed within pymodbus 3: both are known. */
const server = (port: number): string => `
from pymodbus.server import StartTcpServer
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext
try:
    from pymodbus.datastore import ModbusDeviceContext as Unit
    units = "devices"
except ImportError:
    from pymodbus.datastore import ModbusSlaveContext as Unit
    units = "slaves"
block = lambda: ModbusSequentialDataBlock(1, [4000 + n for n in range(10)])
StartTcpServer(context=ModbusServerContext(**{units: Unit(ir=block(), hr=block())}, single=True), address=("127.0.0.1", ${port}))
`;

const findPymodbus = (): string | null => {
  const python = findProgram('python3');
  if (python === null) return null;
  try {
    execFileSync(python, ['-c', 'import pymodbus'], { stdio: 'ignore' });
    return python;
  } catch {
    // Python is there, the library is not.
    return null;
  }
};

const findFreePort = async (): Promise<number> => {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
};

const run = async (): Promise<string> => {
  const port = await findFreePort();
  const python = spawn('python3', ['-c', server(port)], { stdio: 'ignore' });
  const bus = `{ id: line, transport: tcp, host: 127.0.0.1, port: ${port} }`;
  const { site } = loadSite([{ path: 'site.yaml', text: toSiteText(bus, 'generic', 'a: input_u16, b: holding_u32') }], readProfiles());
  const field = openField(site);
  try {
    const seen = await firstValueFrom(
      field.frames$.pipe(
        map(({ readings }) => readings),
        takeUntil(timer(forMs)),
        toArray(),
      ),
    );
    const good = seen.flatMap((readings) => Object.entries(readings).filter(([, { q }]) => q === 'good'));
    const wrong = good.filter(([name, { v }]) => v !== (name === 'a' ? 4000 : 4000 * 65_536 + 4001));
    if (wrong.length > 0) throw new Error(`a wrong value: ${JSON.stringify(wrong[0])}`);
    if (good.length < 500) throw new Error(`only ${good.length} good readings in ${forMs / 1000} s`);
    return `${good.length} readings in ${forMs / 1000} s, each as it must be`;
  } finally {
    await field.close();
    python.kill();
  }
};

/** Our bus on a server that somebody else wrote. */
export const pymodbus: InteropSuite = { name: 'a pymodbus server', peer: 'pymodbus', find: findPymodbus, run };
