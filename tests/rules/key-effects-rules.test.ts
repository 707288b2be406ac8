import { documentKinds } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { findKeysWithoutEffect } from './support/key-proof.ts';
import { sampleWorlds } from './support/key-samples.ts';
import { readWorlds } from './support/key-worlds.ts';

const kinds = ['Signals', 'Setpoints', 'Rule', 'Loop', 'LeadLag', 'Alarm', 'RuleTest', 'Interlocks'] as const;
const worlds = [...sampleWorlds, ...readWorlds().filter(({ name }) => name.startsWith('handbook/'))];

describe('a key that is accepted in a document of rules has an effect', () => {
  it.each(kinds)('%s: on what is decided, raised or worked out, or on what people are shown', async (kind) => {
    expect(await findKeysWithoutEffect(kind, documentKinds[kind], kind === 'RuleTest' ? sampleWorlds : worlds)).toEqual([]);
  });
});
