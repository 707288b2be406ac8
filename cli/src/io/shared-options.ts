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
export const publicUrl = () =>
  new Option(
    '--public-url <url>',
    'the https address of a web server on this machine that forwards phones and wall screens to the hub',
  ).env('PHLOEM_PUBLIC_URL');

/** Reads a whole number. */
export const toCount = (text: string): number => {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('this is a whole number.');
  return Number(text);
};
