import { toFrameId, type DeviceId, type DeviceStateFrame, type DeviceValue, type Epoch, type Lsn, type Term } from '@phloem/protocol';
import { openLink, type Batch } from '@phloem/reconnect';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import { SimProcess } from '../engine/sim-process.ts';
import { storeScope } from './documents.ts';
import type { Network } from './network.ts';
import { bell } from './simulator.ts';

const nodeId = 'bell-ringer';
const program: DeviceId = 'store/program';
/** What it sends for a device with modes. Most are none of them, and have to be refused. */
const programs: readonly DeviceValue[] = ['off', 'dry', 'chill', 'boost', 1, true];

/** A client without rules: holds a scope of its own, rings the bell by momentary commands, repeats itself, and asks for values that do not exist. */
export class BellRinger {
  process: SimProcess | null = null;
  isCalm = false;
  readonly #parts: { readonly loop: EventLoop; readonly random: Random; readonly network: Network };
  #runs = 0;

  constructor(parts: { readonly loop: EventLoop; readonly random: Random; readonly network: Network }) {
    this.#parts = parts;
  }

  start(): void {
    if (this.process !== null) return;
    const { loop, random, network } = this.#parts;
    this.#runs += 1;
    const process = new SimProcess(`${nodeId}/${this.#runs}`, loop);
    process.atEnd(() => (this.process = null));
    this.process = process;
    const link = openLink({
      transport: network.toTransport(process),
      clock: process,
      random: () => random.next(),
      nodeId,
      run: `bell-${String(this.#runs).padStart(8, '0')}`,
      role: 'automation',
      software: 'simulation',
      lease: { scope: storeScope },
      subscriptions: [
        { sub: 'log', mode: 'every', filter: { kinds: ['sensor', 'lease', 'pulse', 'device'], locations: ['store'] }, cursor: null },
      ],
    });
    let term: Term | null = null;
    let rung: readonly DeviceStateFrame[] = [];
    const toCommands = (batch: Extract<Batch, { kind: 'entries' }>): readonly DeviceStateFrame[] =>
      batch.entries.flatMap((entry): readonly DeviceStateFrame[] => {
        if (entry.kind === 'lease' && entry.scope === storeScope) term = entry.holder === nodeId ? entry.term : null;
        if (entry.kind !== 'sensor' || this.isCalm || !random.chance(0.4)) return [];
        if (random.chance(0.3)) return [toProgram(batch.epoch, entry.lsn)];
        const again = rung.at(-1);
        if (again !== undefined && random.chance(0.25)) return [again];
        const isRing = random.chance(0.8);
        const frame: DeviceStateFrame = {
          id: toFrameId('b'.repeat(64), bell, batch.epoch, entry.lsn, 0),
          device: bell,
          value: isRing,
          op: isRing ? 'momentary' : 'set',
          cause: { epoch: batch.epoch, lsn: entry.lsn },
          ttlMs: 5000,
          why: { code: 'text', params: { text: 'somebody rings' } },
        };
        rung = [...rung.slice(-4), frame];
        return [frame];
      });
    const toProgram = (epoch: Epoch, lsn: Lsn): DeviceStateFrame => ({
      id: toFrameId('b'.repeat(64), program, epoch, lsn, 0),
      device: program,
      value: random.pick(programs),
      op: 'set',
      cause: { epoch, lsn },
      ttlMs: 5000,
      why: { code: 'text', params: { text: 'somebody turns the knob' } },
    });
    link.batches$('log').subscribe((batch) => {
      if (batch.kind !== 'entries') return;
      const commands = toCommands(batch);
      link.commit({ sub: 'log', epoch: batch.epoch, cursor: batch.last, term, commands, alarms: [], values: [] });
    });
  }

  kill(): void {
    const { process } = this;
    if (process === null) return;
    process.kill();
    this.#parts.network.killed(process, false);
  }
}
