import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createParse, DeviceId, Fault, isFault, toPrintable, type DeviceValue } from '@phloem/protocol';
import { didYouMean } from '@phloem/rules';
import { compile } from '../compile.ts';
import { createAskHub, type AskHub } from '../io/ask-hub.ts';
import { answerWhy } from './answer-why.ts';
import { findEntryAt, describeBeginning } from './find-entry.ts';
import { createTimeTexts, toInstant } from './io/to-instant.ts';
import { createWhyHub } from './io/why-hub.ts';
import { describeEvidence } from './describe-evidence.ts';
import { explainDevice } from './explain-device.ts';
import { toWhyAnswer } from './to-why-answer.ts';

const parseDeviceId = createParse(DeviceId, 'a device is named by its location and name, such as flower_room/heater', 'cli/usage');

const toValue = (text: string): DeviceValue => {
  if (text === 'on' || text === 'off') return text === 'on';
  const share = Number(text.replace(/\s*%$/, ''));
  if (text.trim() !== '' && share >= 0 && share <= 100) return share;
  throw new Fault('cli/usage', `--not is "${text}", and must be on, off, or a number from 0 to 100`);
};

type Told = { readonly id: string };

/** The device and the site's time zone; a name that nobody has is said with the one that was meant. */
const findDevice = async (ask: AskHub, name: string): Promise<string> => {
  const id = parseDeviceId(name);
  const known = (JSON.parse(await ask('/api/v1/devices')) as readonly Told[]).map((device) => device.id);
  if (known.includes(id)) return id;
  const near = didYouMean(id, known);
  throw new Fault(
    'cli/usage',
    `the site has no device ${id}${near === undefined ? `; it has ${known.join(', ')}` : `; did you mean ${near}?`}`,
  );
};

const run = async (): Promise<void> => {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    options: { hub: text, 'token-file': text, at: text, not: text, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const { hub = 'http://127.0.0.1:8420', 'token-file': tokenFile, at, not } = values;
  if (tokenFile === undefined) throw new Fault('cli/usage', '--token-file names the file that holds a token');
  let token: string;
  try {
    token = (await readFile(tokenFile, 'utf8')).trim();
  } catch (cause) {
    throw new Fault('cli/usage', `no hub has run with this data folder yet (${tokenFile} is missing); name its folder with --data`, {
      cause,
    });
  }
  const ask = createAskHub(hub, token);
  const unwanted = not === undefined ? null : toValue(not);
  const device = await findDevice(ask, positionals[0] ?? '');
  const whyHub = createWhyHub(ask);
  const now = Date.now();
  const { timeZone } = JSON.parse(await ask('/api/v1/site')) as { readonly timeZone: string };
  const lsn = at === undefined ? (await whyHub.log(0, 1)).head : await findEntryAt(whyHub, toInstant(at, { timeZone, now }));
  if (lsn === null) throw new Fault('cli/usage', await describeBeginning(whyHub, `${at}`, createTimeTexts(timeZone, now)));
  const why = await answerWhy(whyHub, device, lsn, compile);
  const texts = createTimeTexts(timeZone, now);
  if (values.json === true) {
    process.stdout.write(JSON.stringify(toWhyAnswer(why, unwanted, texts)));
    return;
  }
  process.stdout.write(`${[explainDevice(why, unwanted, texts), '', ...describeEvidence(why, texts)].map(toPrintable).join('\n')}\n`);
};

// The hub that asked may be gone, or nobody may wait for the answer any more.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

try {
  await run();
} catch (error) {
  const isUsage = error instanceof TypeError && 'code' in error;
  if (!isFault(error) && !isUsage) throw error;
  process.stderr.write(`phloem: ${toPrintable(error.message)}\n`);
  process.exitCode = 2;
}
