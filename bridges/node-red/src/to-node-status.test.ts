import { expect, it } from 'vitest';
import { toNodeStatus } from './to-node-status.ts';

it('a node shows connected, stale or refused, and shortens a long reason', () => {
  expect(toNodeStatus({ kind: 'connecting' })).toEqual({ fill: 'grey', shape: 'ring', text: 'connecting' });
  expect(toNodeStatus({ kind: 'connected' })).toEqual({ fill: 'green', shape: 'dot', text: 'connected' });
  expect(toNodeStatus({ kind: 'connected' }, 'no device')).toEqual({ fill: 'red', shape: 'ring', text: 'refused: no device' });
  expect(toNodeStatus({ kind: 'stale', sinceAt: 1_800_000_000_000 }, 'no device')).toEqual({
    fill: 'yellow',
    shape: 'ring',
    text: 'stale: no connection since 08:00:00 UTC',
  });
  const { text } = toNodeStatus({ kind: 'refused', message: 'x'.repeat(200) });
  expect(text).toHaveLength(80);
  expect(text).toMatch(/^refused: x+…$/);
});
