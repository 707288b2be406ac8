import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { toReport } from '../../scripts/api/to-report.ts';

const folder = mkdtempSync(join(tmpdir(), 'phloem-api-'));
afterAll(() => rmSync(folder, { recursive: true }));

const report = (files: Readonly<Record<string, string>>): string => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const text = toReport('@phloem/sample', join(folder, 'index.d.ts'));
  return text.slice(text.indexOf('## '));
};

const reading = 'Type.TObject<{ v: Type.TNumber; q: Type.TEnum<["good", "bad"]>; }>';

it('a report shows exports in order, known types by name, and what they mention without exporting it', () => {
  const text = report({
    'index.d.ts': `export { Reading, list, type Options } from './reading.ts';\nexport type { Author } from './author.ts';\n`,
    'author.d.ts': `import type { Author } from '@phloem/protocol';\nexport type { Author };\n`,
    'reading.d.ts': `
      import { Type, type Static } from 'typebox';
      import type { Secret } from './secret.ts';
      /** A comment. */
      export declare const Reading: ${reading};
      export type Reading = Static<typeof Reading>;
      export declare const list: Type.TArray<${reading}>;
      export type Options = { readonly secret: Secret; };`,
    'secret.d.ts': 'export type Secret = { readonly key: string; };\nexport type Unused = string;\n',
  });
  expect(text).toBe(`## Exports

\`\`\`ts
export { Author } from '@phloem/protocol';

type Options = {
    readonly secret: Secret;
};

const Reading: Type.TObject<{
    v: Type.TNumber;
    q: Type.TEnum<["good", "bad"]>;
}>;
type Reading = Static<typeof Reading>;

const list: Type.TArray<typeof Reading>;
\`\`\`

## Mentioned by exports, but not exported

\`\`\`ts
type Secret = {
    readonly key: string;
};
\`\`\`
`);
});

it('a report is refused for a name that no file declares', () => {
  expect(() => report({ 'index.d.ts': `export { gone } from './empty.ts';\n`, 'empty.d.ts': 'export {};\n' })).toThrow('exports gone');
});
