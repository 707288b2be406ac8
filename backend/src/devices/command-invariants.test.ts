import { textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { CommandRecord } from '../store/hub-store.ts';
import { keepCommand } from './command-invariants.ts';

const position = { epoch: 'AAAAAAAAAAAA', lsn: 1 };
const base: CommandRecord = {
  id: 'request-0001',
  device: 'room/heater',
  value: true,
  op: 'set',
  by: { kind: 'node', id: 'automation-1' },
  why: textReason('too cold'),
  cause: position,
  term: 1,
  scope: 'room',
  accepted: position,
  stage: 'requested',
  end: null,
};

const keep = (...stages: readonly Partial<CommandRecord>[]): CommandRecord | null => {
  let kept: CommandRecord | null = null;
  const commands = { get: () => kept, put: (record: CommandRecord) => void (kept = record) };
  for (const stage of stages) keepCommand(commands, { ...base, ...stage });
  return kept;
};

describe('the life of a stored command', () => {
  it('[CO6] goes from requested over held and INTENT to one end', () => {
    const end = { stage: 'ended', end: 'confirmed' } as const;
    expect(keep({ stage: 'requested' }, { stage: 'held' }, { stage: 'intent' }, end)).toMatchObject(end);
  });

  const broken: readonly (readonly [string, readonly Partial<CommandRecord>[], string])[] = [
    ['[IN8] a second INTENT', [{ stage: 'requested' }, { stage: 'intent' }, { stage: 'intent' }], 'IN8'],
    ['[IN9] a second end', [{ stage: 'requested' }, { stage: 'ended', end: 'cancelled' }, { stage: 'ended', end: 'confirmed' }], 'IN9'],
    ['[IN9] an INTENT after the end', [{ stage: 'requested' }, { stage: 'ended', end: 'cancelled' }, { stage: 'intent' }], 'IN9'],
    ['[IN9] an end without a word', [{ stage: 'requested' }, { stage: 'ended' }], 'IN9'],
    ['[CO2] a second acceptance', [{ stage: 'requested' }, { stage: 'requested' }], 'CO2'],
  ];
  it.each(broken)('%s is a bug', (_, stages, rule) => {
    expect(() => keep(...stages)).toThrow(rule);
  });
});
