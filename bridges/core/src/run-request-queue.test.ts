import { Fault, type RequestAnswer, type Term } from '@phloem/protocol';
import { monotonicClock } from '@phloem/reconnect';
import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { QueuedRequest, RequestHub, RequestOutcome, RequestQueue, WantedChange } from './request-queue.ts';
import { runRequestQueue } from './run-request-queue.ts';

const fan = (id: string, ageMs = 0): QueuedRequest => ({
  id,
  ageMs,
  wanted: { device: 'dry/fan', value: true, op: 'set', ttlMs: null, reason: null },
});

const answerTo = (id: string, { device, value }: WantedChange): RequestAnswer => {
  return { id, device, value, outcome: 'accepted', phase: 'confirmed', code: null, message: null, lsn: 1 };
};
/** What the test may change of the hub, and what it has done. */
type Hub = {
  term: Term | null;
  faults: Fault[];
  losesAnswer: boolean;
  readonly sent: string[];
  readonly known: Map<string, RequestAnswer>;
};

const createHub = (rig: Hub): RequestHub => {
  return {
    hold: async () => rig.term,
    release: async () => undefined,
    find: async (id) => rig.known.get(id) ?? null,
    request: async (_term, id, wanted) => {
      const fault = rig.faults.shift();
      if (fault !== undefined) throw fault;
      if (!rig.known.has(id)) rig.sent.push(id);
      rig.known.set(id, answerTo(id, wanted));
      if (!rig.losesAnswer) return answerTo(id, wanted);
      rig.losesAnswer = false;
      throw new Fault('net/unreachable', 'the answer was lost');
    },
  };
};

/** A queue and a hub in memory, each of which can fail. */
const openRig = () => {
  const answers: RequestOutcome[] = [];
  const controls: (Term | null)[] = [];
  const sent: string[] = [];
  const known = new Map<string, RequestAnswer>();
  let messages: QueuedRequest[] = [];
  let beat = 0;
  const rig = {
    lives: true,
    term: 1 as Term | null,
    /** What the next calls of the hub throw. */
    faults: [] as Fault[],
    losesAnswer: false,
    connections: 0,
    answers,
    controls,
    sent,
    known,
    put: (...requests: readonly QueuedRequest[]) => {
      messages = [...messages, ...requests];
    },
    get left() {
      return messages.map(({ id }) => id);
    },
  };
  const openQueue = async (): Promise<RequestQueue> => {
    rig.connections += 1;
    const given = new Set<string>();
    return {
      life: async () => {
        if (rig.lives) beat += 1;
        return { text: String(beat), ageMs: 'unknown' };
      },
      take: async (max) => {
        await new Promise((resolve) => setImmediate(resolve));
        const taken = messages.filter(({ id }) => !given.has(id)).slice(0, max);
        for (const { id } of taken) given.add(id);
        return taken;
      },
      settle: async ({ id }, outcome) => {
        answers.push(outcome);
        messages = messages.filter((message) => message.id !== id);
      },
      update: async (outcome) => void answers.push(outcome),
      unfinished: async () => [],
      announce: async ({ term }) => void controls.push(term),
      close: async () => undefined,
    };
  };
  const bridge = runRequestQueue({
    openQueue,
    hub: createHub(rig),
    aliveWithinMs: 60_000,
    maxAgeMs: 60_000,
    clock: monotonicClock,
    random: () => 0,
  });
  return {
    rig,
    until: async (is: () => boolean): Promise<void> => {
      await firstValueFrom(bridge.status$.pipe(filter(is)));
    },
    [Symbol.asyncDispose]: () => bridge.close(),
  };
};

describe('the requests of a queue', () => {
  it('are handed over in order, answered, and removed', async () => {
    await using own = openRig();
    own.rig.put(fan('a'), fan('b'));
    await own.until(() => own.rig.left.length === 0);
    expect(own.rig.sent).toEqual(['a', 'b']);
    expect(own.rig.answers.map(({ id, phase }) => [id, phase])).toEqual([
      ['a', 'confirmed'],
      ['b', 'confirmed'],
    ]);
    expect(own.rig.controls.at(-1)).toBe(1);
  });

  it('act once where the answer of the hub is lost', async () => {
    await using own = openRig();
    own.rig.losesAnswer = true;
    own.rig.put(fan('a'));
    await own.until(() => own.rig.left.length === 0);
    expect(own.rig.sent).toEqual(['a']);
    expect(own.rig.answers).toHaveLength(1);
  });

  it('are answered with what came of them where they come again too late', async () => {
    await using own = openRig();
    const { id, wanted } = fan('a');
    if (typeof wanted === 'string') throw new Error('a request that can be read was expected');
    own.rig.known.set(id, { ...wanted, id, outcome: 'accepted', phase: 'superseded', code: null, message: null, lsn: 7 });
    own.rig.put(fan('a', 3_600_000), fan('b', 3_600_000));
    await own.until(() => own.rig.left.length === 0);
    expect(own.rig.sent).toEqual([]);
    expect(own.rig.answers.map(({ phase, code }) => [phase, code])).toEqual([
      ['superseded', null],
      ['refused', 'command/late'],
    ]);
  });

  it('wait where the lease has been lost, and are refused where the hub refuses them', async () => {
    await using own = openRig();
    own.rig.faults = [new Fault('command/term', 'lost'), new Fault('auth/forbidden', 'another location')];
    own.rig.put(fan('a'), fan('b'));
    await own.until(() => own.rig.left.length === 0);
    expect(own.rig.answers.map(({ id, code }) => [id, code])).toEqual([
      ['a', 'auth/forbidden'],
      ['b', null],
    ]);
  });

  it('are not handed over for a program without a new sign of life', async () => {
    await using own = openRig();
    own.rig.lives = false;
    own.rig.put(fan('a'), fan('b', 3_600_000));
    await own.until(() => own.rig.controls.length > 0);
    expect(own.rig.sent).toEqual([]);
    own.rig.lives = true;
    await own.until(() => own.rig.left.length === 0);
    expect(own.rig.sent).toEqual(['a']);
  });
});
