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
  'term-not-checked-at-the-write': [
    { file: 'backend/src/devices/run-device-gate.ts', from: /mayStill: \(\) => mayWrite\([^)]*\)/, to: 'mayStill: () => true' },
  ],
  'window-ignored': [
    {
      file: 'backend/src/sessions/every-reader.ts',
      from: /#underWay\(\): Window \{/,
      to: '#underWay(): Window {\n    return { entries: 0, bytes: 0 };',
    },
  ],
  'id-not-remembered': [
    { file: 'backend/src/devices/frame-desk.ts', from: /if \(commands\.get\(frame\.id\) !== null\) continue;/, to: '' },
    // Without the invariants that production asserts by itself: the simulation has to see it, too.
    {
      file: 'backend/src/devices/command-invariants.ts',
      from: /const before = commands\.get\(record\.id\)/,
      to: 'const before = [commands.get(record.id)].find(() => false)',
    },
    {
      file: 'backend/src/devices/command-invariants.ts',
      from: /record\.stage === 'wished' && before !== null/,
      to: "record.stage === 'wished' && before !== undefined",
    },
  ],
  'cursor-recorded-before-the-frames': [
    {
      file: 'backend/src/sessions/hub-sessions.ts',
      from: /store\.transact\(\(\) => \{(\s+gate\.accept\(commit\.frames)/,
      to: 'store.cursors.set(scope, { epoch: commit.epoch, lsn: commit.cursor });\n        store.transact(() => {$1',
    },
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
