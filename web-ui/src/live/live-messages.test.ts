import type { Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { isUrgent } from './live-messages.ts';

const entries = (...kinds: readonly Entry['kind'][]) => ({ kind: 'entries' as const, entries: kinds.map((kind) => ({ kind }) as Entry) });

describe('what the worker posts at once', () => {
  it('is an alarm, wherever it stands among others', () => {
    expect(isUrgent(entries('device', 'alarm', 'lease'))).toBe(true);
  });

  it('is not what a person cannot distinguish from a moment later', () => {
    expect(isUrgent(entries('device', 'lease'))).toBe(false);
    expect(isUrgent(entries())).toBe(false);
  });
});
