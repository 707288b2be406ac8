import { parseArgs } from 'node:util';
import { momentsOfCommands } from './checks/commands.ts';
import type { When } from './cut-power.ts';
import { applyPatch, isPatch } from './patches.ts';

const usage = `Cuts the power of a hub at each thing that it does to the world, one after the other, while commands are accepted, their
intentions stored, written to the field, read back and ended: production's gate and log over production's files, of
which the cut leaves what was synced, and of the rest whatever the seed draws. The hub is started again from that, and
what is promised of the log, the commands and the outputs is checked before and after. Then the same once more for a hub
at which everything has come to rest.

  pnpm power-cuts [--seeds 3] [--from 1] [--every 1]

  --seeds <n>   how many stretches of work
  --from <n>    the first of them
  --every <n>   only each n-th act
  --act <n>     this act alone, with all that happens
  --rest        with --act: of a hub at rest
  --patch <name>  with a fault put into production, see pnpm simulate --help
  --help        says this
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    from: { type: 'string', default: '1' },
    every: { type: 'string', default: '1' },
    act: { type: 'string' },
    rest: { type: 'boolean', default: false },
    patch: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.patch !== undefined && isPatch(values.patch)) applyPatch(values.patch);
else if (values.patch !== undefined) throw new Error(`there is no patch ${values.patch}`);
// Only now: what is loaded from here on has the patch.
const { cutPower } = await import('./cut-power.ts');

const whens: readonly When[] = ['at work', 'at rest'];

const run = async (from: number, seeds: number, every: number): Promise<void> => {
  const moments = new Map<string, number>(momentsOfCommands.map((moment) => [moment, 0]));
  const total = { cuts: 0, broken: 0, lossy: 0, lostMs: 0, epochs: 0 };
  const stretches = Array.from({ length: seeds }, (_, n) => from + n).flatMap((seed) => whens.map((when) => ({ seed, when })));
  for (const { seed, when } of stretches) {
    if (total.broken > 0) break;
    for (let act = (seed - 1) % every; ; act += every) {
      const cut = await cutPower(seed, act, when);
      if (cut === null) break;
      total.cuts += 1;
      if (cut.lost > 0) total.lossy += 1;
      if (cut.hasNewEpoch) total.epochs += 1;
      total.lostMs = Math.max(total.lostMs, cut.lostMs);
      for (const moment of cut.moments) moments.set(moment, (moments.get(moment) ?? 0) + 1);
      if (cut.violation === null) continue;
      total.broken += 1;
      process.exitCode = 1;
      const { rule, text, at } = cut.violation;
      say(`seed ${seed}, act ${act} ${when} breaks ${rule} at ${(at / 1000).toFixed(3)} s: ${text}`);
      say(`  once more, with all that happens: pnpm power-cuts --from ${seed} --act ${act}${when === 'at rest' ? ' --rest' : ''}`);
      break;
    }
  }
  for (const [moment, count] of moments) say(`${String(count).padStart(7)}  ${moment}`);
  say(
    `${total.cuts} power cuts over ${seeds} stretches from ${from}, ${total.broken} broken; ${total.lossy} took entries that were not acknowledged, of ${Math.round(total.lostMs)} ms at the most; ${total.epochs} began a new epoch`,
  );
};

const toCount = (text: string): number => {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`${text} is no number`);
  return count;
};

if (values.help) process.stdout.write(usage);
else if (values.act === undefined) await run(toCount(values.from), toCount(values.seeds), Math.max(1, toCount(values.every)));
else {
  const cut = await cutPower(toCount(values.from), toCount(values.act), values.rest ? 'at rest' : 'at work', say);
  say(cut === null ? 'the hub did not come to do so much' : JSON.stringify({ ...cut, moments: [...cut.moments] }));
}
