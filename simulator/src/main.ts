import { parseArgs } from 'node:util';
import { Fault, isFault } from '@phloem/protocol';
import { openSimulator, type SimulatorOptions } from './io/open-simulator.ts';

const usage = `Runs three simulated rooms behind a Modbus TCP server.

  --port <n>          Modbus TCP port, 0 for any that is free (5020)
  --control-port <n>  HTTP port for faults, on this machine only (5021)
  --host <address>    where the Modbus port listens (127.0.0.1)
  --seed <n>          the same seed gives the same rooms (1)
  --speed <x>         times faster than time, up to 10000 (1); 60 makes a day of 24 minutes
  --ledger <file>     also writes the ledger there, a line of JSON for each entry
  --help              says this
`;

const run = async (): Promise<void> => {
  const options = readOptions();
  if (options === null) {
    process.stdout.write(usage);
    return;
  }
  const simulator = await openSimulator(options);
  const end = () => {
    if (process.connected) process.disconnect?.();
    void simulator.close();
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  const ready = { listening: { port: simulator.port, controlPort: simulator.controlPort } };
  if (process.send === undefined) {
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    return;
  }
  // Started with a channel: that is where it reports, and when the starter is gone nobody else would end it.
  process.send(ready);
  process.once('disconnect', end);
};

const readOptions = (): SimulatorOptions | null => {
  const { values } = readArguments();
  if (values.help === true) return null;
  return {
    port: toNumber('port', values.port, 65_535),
    controlPort: toNumber('control-port', values['control-port'], 65_535),
    host: values.host,
    seed: toNumber('seed', values.seed, 4_294_967_295),
    speed: Number(values.speed),
    ...(values.ledger === undefined ? {} : { ledgerPath: values.ledger }),
  };
};

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '5020' },
        'control-port': { type: 'string', default: '5021' },
        host: { type: 'string', default: '127.0.0.1' },
        seed: { type: 'string', default: '1' },
        speed: { type: 'string', default: '1' },
        ledger: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new Fault(
      'cli/usage',
      `${String(cause instanceof Error ? cause.message : cause).replaceAll(/\s+/g, ' ')} (--help lists the options)`,
      { cause },
    );
  }
};

const toNumber = (name: string, text: string, most: number): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= most) return number;
  throw new Fault('cli/usage', `--${name} is "${text}", and must be a whole number from 0 to ${most}`);
};

try {
  await run();
} catch (error) {
  if (!isFault(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
