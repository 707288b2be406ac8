import { registerHooks } from 'node:module';

/** A change to production's source that the simulation must notice. */
export type Patch = { readonly file: string; readonly from: RegExp; readonly to: string };

/**
 * Faults that somebody could make, one line each. They are put into the sources as these are loaded, so that production
 * has no switch for them; a pattern that fits no longer ends the run.
 */
export const patches = {
  'no-prev-check': [{ file: 'reconnect/src/batch-gate.ts', from: /if \(prev > cursor\) return \{ verdict: 'gap' \};/, to: '' }],
  'a-lost-batch-not-seen': [{ file: 'reconnect/src/pace.ts', from: /sent !== undefined && sent > pace\.covered/, to: 'sent === -1' }],
  'durable-before-the-sync': [{ file: 'backend/src/store/syncs.ts', from: /await disk\.sync\(\);/, to: 'void disk.sync();' }],
  'a-term-not-synced': [{ file: 'backend/src/store/log-writer.ts', from: /this\.#mustSync = true;/, to: '' }],
  'term-not-checked-at-the-write': [
    { file: 'backend/src/devices/run-device-gate.ts', from: /mayStill: \(\) => this\.#mayWrite\([^)]*\)/, to: 'mayStill: () => true' },
  ],
  'window-ignored': [
    {
      file: 'backend/src/sessions/every-reader.ts',
      from: /#underWay\(\): Window \{/,
      to: '#underWay(): Window {\n    return { entries: 0, bytes: 0 };',
    },
  ],
  'id-not-remembered': [
    { file: 'backend/src/devices/frame-intake.ts', from: /if \(commands\.get\(frame\.id\) !== null\) continue;/, to: '' },
    // Without the invariants that production asserts by itself: the simulation has to see it, too.
    {
      file: 'backend/src/devices/command-invariants.ts',
      from: /const before = commands\.get\(record\.id\)/,
      to: 'const before = [commands.get(record.id)].find(() => false)',
    },
    {
      file: 'backend/src/devices/command-invariants.ts',
      from: /record\.stage === 'requested' && before !== null/,
      to: "record.stage === 'requested' && before !== undefined",
    },
  ],
  'cursor-recorded-before-the-commands': [
    {
      file: 'backend/src/sessions/command-authority.ts',
      from: /store\.transact\(\(\) => \{(\s+gate\.accept\(commit\.commands)/,
      to: 'store.cursors.set(scope, { epoch: commit.epoch, lsn: commit.cursor });\n        store.transact(() => {$1',
    },
  ],
  'a-relay-on-while-the-other-is': [
    {
      file: 'backend/src/devices/three-point/step-three-point.ts',
      from: /if \(wrong !== undefined\) return order\(state, wrong, false\);/,
      to: 'if (wrong !== undefined && wanted === null) return order(state, wrong, false);',
    },
    {
      file: 'backend/src/devices/three-point/step-three-point.ts',
      from: /if \(relayNames\.some\(\(relay\) => relay !== wanted && relays\[relay\] !== 'off'\)\) return \[state, null\];/,
      to: '',
    },
  ],
  'a-pulse-tried-again': [
    {
      file: 'backend/src/devices/write-cycle.ts',
      from: /if \(record\.op === 'momentary'\)\s+return endUnknown/,
      to: "if (record.op === 'momentary') return write(written, record, attempt + 1);\n      if (record.op === 'momentary') return endUnknown",
    },
  ],
  'any-value-taken': [
    {
      file: 'backend/src/devices/judge-frame.ts',
      from: /if \(explainDeviceValue\(device\.spec, frame\.value\) !== null\) return/,
      to: 'if (device.spec.id === null) return',
    },
  ],
  'ramps-not-kept': [
    { file: 'backend/src/devices/write-cycle.ts', from: /const value = toNextStep\(turn, record\);/, to: 'const value = record.value;' },
  ],
  'steps-of-a-ramp-too-soon': [
    { file: 'backend/src/devices/write-cycle.ts', from: /: Math\.min\(longest, now\.up - state\.sent\.up\)/, to: ': longest' },
  ],
  'a-refresh-that-stops': [
    {
      file: 'backend/src/devices/refresh.ts',
      from: /now\.up < state\.refreshUp\) return turn;/,
      to: "now.up < state.refreshUp || state.mode.kind === 'free') return turn;",
    },
  ],
  'a-refresh-of-what-it-was': [
    { file: 'backend/src/devices/refresh.ts', from: /return told \?\? expected \?\? reading;/, to: 'return reading ?? told;' },
  ],
  'a-refresh-that-goes-on-without-a-lease': [
    { file: 'backend/src/devices/fail-safe.ts', from: /turn\.now\.up - coveredUp >= after/, to: 'turn.now.up - coveredUp >= 1000 * after' },
  ],
} as const satisfies Record<string, readonly Patch[]>;

export type PatchName = keyof typeof patches;

export const isPatch = (name: string): name is PatchName => Object.hasOwn(patches, name);

/** Lets the modules that are loaded from now on have the fault. */
export const applyPatch = (name: PatchName): void => {
  const all: readonly Patch[] = patches[name];
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      const wanted = all.filter(({ file }) => url.endsWith(`/${file}`));
      if (wanted.length === 0) return loaded;
      const source = wanted.reduce((text, { file, from, to }) => {
        if (!from.test(text)) throw new Error(`the patch ${name} does not fit ${file} any more: ${String(from)}`);
        return text.replace(from, to);
      }, toText(loaded.source));
      return { ...loaded, source };
    },
  });
};

const toText = (source: unknown): string => {
  if (typeof source === 'string') return source;
  if (source instanceof Uint8Array) return new TextDecoder().decode(source);
  throw new Error('a module without a source');
};
