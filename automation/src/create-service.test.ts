import { Fault, type DocumentHash } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import { filter, map, of, throwError, timer, type Observable, type SchedulerLike } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { createService, type ServiceOptions, type ServiceOutput } from './create-service.ts';
import { createDocuments } from './documents.ts';
import { startService } from './service-state.ts';
import { batchOf, bundle, epoch, lease, pulse, reading, site } from './testing/entries.ts';
import { bundleHash, compileToy, siteHash, toyDocuments } from './testing/toy-plan.ts';

const run = (test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0], clock: SchedulerLike) => void): void => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => test(helpers, scheduler));
};

/** What somebody outside sees of an output, in a word. */
const toWord = (output: ServiceOutput): string => {
  switch (output.kind) {
    case 'progress': {
      const { cursor, term, isBare, commands } = output.progress;
      const requests = commands.map(({ device, value, cause }) => ` ${device}=${String(value)}@${cause.lsn}`).join('');
      return `${isBare === true ? 'bare' : 'progress'} ${cursor}${term === null ? '' : ` term ${term}`}${requests}`;
    }
    case 'scope':
      return `scope ${output.scope}`;
    case 'switched':
      return `switched at ${output.lsn}${output.fault === null ? '' : `: ${output.fault.code}`}`;
    case 'checkpoint':
      return `checkpoint ${output.checkpoint.cursor}${output.isSwitch ? ' at a switch' : ''}`;
    case 'lost':
      return `lost ${output.lost.join(' to ')}: ${output.why}`;
    default:
      return output.kind;
  }
};
const seen = (outputs$: Observable<ServiceOutput>): Observable<string> => outputs$.pipe(map(toWord));
const isTold = (word: string): boolean => word !== 'state' && word !== 'traces';

const service = (clock: SchedulerLike, batches$: Observable<Batch>, more: Partial<ServiceOptions> = {}): Observable<string> =>
  seen(
    createService({
      nodeId: 'automation-1',
      batches$,
      start: startService({ epoch, lsn: 0 }, null),
      documents: createDocuments((hash) => of(toyDocuments(hash)), clock),
      compile: compileToy,
      clock,
      checkpointEveryMs: 10,
      ...more,
    }),
  );

/** Runs a marble diagram of batches through a service, and says what came out at which millisecond. */
const play = (
  marbles: string,
  batches: Readonly<Record<string, Batch>>,
  more: (clock: SchedulerLike) => Partial<ServiceOptions> = () => ({}),
): readonly string[] => {
  const told: string[] = [];
  run(({ hot, flush }, clock) => {
    service(clock, hot(marbles, batches), more(clock)).subscribe({
      next: (word) => {
        if (isTold(word)) told.push(`${clock.now()} ${word}`);
      },
      complete: () => told.push(`${clock.now()} end`),
    });
    flush();
  });
  return told;
};

describe('the service', () => {
  it('turns entries into decisions within the frame in which they came', () => {
    run(({ hot, expectObservable }, clock) => {
      const batches$ = hot('a-b-c-|', {
        a: batchOf(site(1), bundle(2, 20), lease(3, 7, 'automation-1')),
        b: batchOf(reading(4, 15)),
        c: batchOf(reading(5, 25), pulse(6)),
      });
      expectObservable(service(clock, batches$).pipe(filter((word) => word.startsWith('progress')))).toBe('a-b-c-|', {
        a: 'progress 3 term 7 room/heater=false@3',
        b: 'progress 4 term 7 room/heater=true@4',
        c: 'progress 6 term 7 room/heater=false@5',
      });
    });
  });

  it('asks for the lease once it has a plan, and hands over a checkpoint at each switch', () => {
    expect(play('a-b|', { a: batchOf(pulse(1)), b: batchOf(site(2), bundle(3, 20)) })).toEqual([
      '0 bare 1',
      '2 progress 3',
      '2 switched at 2',
      '2 switched at 3',
      '2 scope room',
      '2 checkpoint 3 at a switch',
      '3 end',
    ]);
  });

  it('steps nothing past a bundle entry before it has the document, and everything in order afterwards', () => {
    const slow = (clock: SchedulerLike) => ({
      documents: createDocuments((hash) => timer(5, clock).pipe(map(() => toyDocuments(hash))), clock),
    });
    const told = play('ab-c-----|', { a: batchOf(site(1), bundle(2, 20), pulse(3)), b: batchOf(pulse(4)), c: batchOf(pulse(5)) }, slow);
    expect(told.filter((word) => word.includes('progress'))).toEqual(['5 progress 3', '5 progress 4', '5 progress 5']);
  });

  it('asks again for a document as long as the hub does not answer', () => {
    let asked = 0;
    const flaky = (clock: SchedulerLike) => ({
      documents: createDocuments((hash: DocumentHash) => {
        asked += 1;
        return asked <= 3 ? throwError(() => new Fault('net/unreachable', 'down')) : of(toyDocuments(hash));
      }, clock),
    });
    const told = play('a 900ms |', { a: batchOf(site(1)) }, flaky);
    expect(told).toEqual(['700 bare 1', '700 switched at 1', '901 end']);
  });

  it('goes on without a plan when the hub says that there is no such document', () => {
    const missing = (clock: SchedulerLike) => ({
      documents: createDocuments(
        (hash) => (hash === siteHash ? of(toyDocuments(hash)) : throwError(() => new Fault('document/unknown', 'gone'))),
        clock,
      ),
    });
    expect(play('ab|', { a: batchOf(site(1), bundle(2, 20)), b: batchOf(pulse(3)) }, missing)).toEqual([
      '0 bare 2',
      '0 switched at 1',
      '0 switched at 2: document/unknown',
      '1 bare 3',
      '2 end',
    ]);
  });

  it('asks for each document once', () => {
    const asked: DocumentHash[] = [];
    const counting = (clock: SchedulerLike) => ({
      documents: createDocuments((hash) => {
        asked.push(hash);
        return of(toyDocuments(hash));
      }, clock),
    });
    play('abc|', { a: batchOf(site(1), bundle(2, 20)), b: batchOf(bundle(3, 25)), c: batchOf(bundle(4, 20), site(5)) }, counting);
    expect(asked).toEqual([siteHash, bundleHash(20), bundleHash(25)]);
  });

  it('takes a checkpoint at its pace, between two batches', () => {
    const told = play('a------------b---------|', { a: batchOf(site(1), bundle(2, 20)), b: batchOf(pulse(3)) });
    expect(told.filter((word) => word.includes('checkpoint'))).toEqual([
      '0 checkpoint 2 at a switch',
      '10 checkpoint 2',
      '20 checkpoint 3',
    ]);
  });

  it('ends where entries are lost: what follows belongs to one that starts again', () => {
    const lost: Batch = { kind: 'lost', sub: 'log', epoch, from: 9, lost: [3, 9], why: 'expired' };
    expect(play('a-b-c-|', { a: batchOf(pulse(1), pulse(2)), b: lost, c: batchOf(pulse(10)) })).toEqual([
      '0 bare 2',
      '2 lost 3 to 9: expired',
      '2 end',
    ]);
  });
});
