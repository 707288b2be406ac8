import { resolve } from 'node:path';
import type { TlsListen } from '@phloem/backend/client';
import { Fault } from '@phloem/protocol';
import { parseDuration } from '@phloem/rules';
import { InvalidArgumentError, Option } from 'commander';

/** A duration of the command line in milliseconds. */
export const toLength = (text: string): number => {
  const length = parseDuration(text);
  if (length === undefined) throw new InvalidArgumentError('a duration is a number with a unit, such as 90s or 10min.');
  return length;
};

const toPort = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a whole number from 0 to 65535 (0: any free one).');
  return port;
};

export const port = () => new Option('--port <port>', 'HTTP and sockets of the hub').env('PHLOEM_PORT').default(8420).argParser(toPort);
export const simulatorPort = () =>
  new Option('--simulator-port <port>', 'Modbus TCP of the simulator').env('PHLOEM_SIMULATOR_PORT').default(5020).argParser(toPort);
export const simulatorControlPort = () =>
  new Option('--simulator-control-port <port>', 'faults and ledger of the simulator, over HTTP')
    .env('PHLOEM_SIMULATOR_CONTROL_PORT')
    .default(5021)
    .argParser(toPort);
export const data = () => new Option('--data <folder>', 'the data folder').env('PHLOEM_DATA').default('./data');
export const site = () => new Option('--site <folder>', 'the site documents; without it, the demonstration').env('PHLOEM_SITE');
export const bundle = () => new Option('--bundle <folder>', 'the bundle documents to activate at the start');
const toAmount =
  (unit: string) =>
  (text: string): number => {
    const amount = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || amount <= 0) throw new InvalidArgumentError(`a number of ${unit} above 0, such as 20.`);
    return amount;
  };

export const keepDays = () =>
  new Option('--keep-days <days>', 'how long the log keeps readings').env('PHLOEM_KEEP_DAYS').default(35).argParser(toAmount('days'));
export const keepGigabytes = () =>
  new Option('--keep-gigabytes <GiB>', 'how large the log may become; its oldest entries go first')
    .env('PHLOEM_KEEP_GIGABYTES')
    .default(8)
    .argParser(toAmount('gigabytes'));
/** What the log keeps, by the options above. */
export const toRetention = ({ keepDays: days, keepGigabytes: size }: { readonly keepDays: number; readonly keepGigabytes: number }) => ({
  maxAgeMs: days * 86_400_000,
  maxBytes: size * 1024 ** 3,
});
export const listen = () =>
  new Option('--listen <address:port>', 'an address at which phones and other machines reach the hub with TLS, such as 0.0.0.0:8443').env(
    'PHLOEM_LISTEN',
  );
export const tlsCert = () => new Option('--tls-cert <file>', 'the certificate for --listen, with its chain, in PEM').env('PHLOEM_TLS_CERT');
export const tlsKey = () => new Option('--tls-key <file>', 'the private key of the certificate, in PEM').env('PHLOEM_TLS_KEY');

type ListenOptions = { readonly listen?: string; readonly tlsCert?: string; readonly tlsKey?: string; readonly publicUrl?: string };

/** Where the hub listens beside loopback; null for nowhere. @throws Fault `cli/usage`. */
export const toTlsListen = ({ listen: where, tlsCert: cert, tlsKey: key, publicUrl: url }: ListenOptions): TlsListen | null => {
  if (where === undefined) {
    if (cert !== undefined || key !== undefined) throw new Fault('cli/usage', '--tls-cert and --tls-key need --listen');
    return null;
  }
  const { host, port: number } = /^(?<host>\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):(?<port>\d{1,5})$/.exec(where)?.groups ?? {};
  if (host === undefined || !(Number(number) <= 65_535))
    throw new Fault('cli/usage', `--listen is "${where}", and must be an address with a port, such as 0.0.0.0:8443`);
  if (cert === undefined || key === undefined)
    throw new Fault('cli/usage', '--listen needs --tls-cert and --tls-key: sign-ins are not sent in the clear');
  if (url === undefined)
    throw new Fault('cli/usage', '--listen needs --public-url: the https address that people open, such as https://grow.example:8443');
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(number), certFile: resolve(cert), keyFile: resolve(key) };
};
export const publicUrl = () =>
  new Option(
    '--public-url <url>',
    'the https address at which phones and wall screens open the panel: of --listen, or of a web server on this machine',
  ).env('PHLOEM_PUBLIC_URL');

/** Reads a whole number. */
export const toCount = (text: string): number => {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('this is a whole number.');
  return Number(text);
};
