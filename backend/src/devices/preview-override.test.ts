import { hours, seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toDoor, toPlan, doorOff } from '../interlocks/testing/room.ts';
import { startAt, toSpec } from './testing/gate-fixture.ts';
import { heater, anna, off, running } from './testing/overridden-gate.ts';

describe('the preview of an override', () => {
  const kinds = (preview: { readonly consequences: readonly { readonly kind: string }[] }) => preview.consequences.map(({ kind }) => kind);

  it('[DE4] says what would be outranked, what is so already, and when it ends', async () => {
    const { gate, entries } = await running();
    const before = entries().length;
    const preview = gate.preview(heater, { value: false, forMs: hours(1) });
    expect(preview.consequences.map(({ text }) => text)).toEqual([
      'While active, it precedes the request on: the rule asks for it.',
      'Ends by itself at 09:00:00.',
    ]);
    expect(kinds(gate.preview(heater, { value: true, forMs: hours(1) }))).toEqual(['same', 'expiry']);
    expect(entries()).toHaveLength(before);
  });

  it('[DE4] shows the interlock that still wins', async () => {
    const devices = [toSpec()];
    const { gate, store, serveAll } = await running({}, { devices, plan: toPlan([doorOff], devices) });
    store.log.append([toDoor(true)]);
    await serveAll();
    const [first] = gate.preview(heater, { value: true, forMs: hours(1) }).consequences;
    expect(first).toMatchObject({ kind: 'interlock', text: expect.stringContaining('room/safety/door still wins: Heater stays off') });
  });

  it('[DE4] shows the limit in time that is left, and that a compressor rests', async () => {
    for (const [isCompressor, kind] of [
      [false, 'limit'],
      [true, 'compressor'],
    ] as const) {
      const { gate, serveAll } = await running({ minOff: seconds(130), protectCompressor: isCompressor });
      gate.override(heater, off, anna);
      await serveAll();
      const found = gate.preview(heater, { value: true, forMs: hours(1) }).consequences.find((one) => one.kind === kind);
      expect(found).toMatchObject({ until: startAt + 130_000, text: expect.stringContaining('starts in 2 min 10 s') });
    }
  });

  it('[DE4] says that it would be refused, and why', async () => {
    const { gate } = await running({ maxOverride: hours(2) });
    expect(gate.preview(heater, { value: true, forMs: hours(3) })).toMatchObject({
      isAllowed: false,
      consequences: [{ kind: 'expiry', text: 'The site allows at most 2 h for Heater.' }],
    });
  });
});
