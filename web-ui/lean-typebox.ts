import type { Plugin } from 'vite';

/**
 * What the panel's build puts in place of modules of typebox.
 *
 * The page's policy forbids generated code. The library asks by trying, which the browser reports as a breach each
 * time the page is opened; so it is listed, and checks schemas by interpretation. Formats, deferred types and lists of
 * errors are left out because no message of ours uses them: a schema that did would stop the page while it loads.
 */
const replaced = new Map([
  [
    '/typebox/build/system/environment/evaluate.mjs',
    `export const CanEvaluate = () => false;
     export const Evaluate = () => { throw new Error('the policy of this page forbids generated code'); };`,
  ],
  [
    '/typebox/build/schema/compile.mjs',
    `import { Check } from './check.mjs';
     const refuse = (schema) => {
       if (typeof schema !== 'object' || schema === null) return;
       if (typeof schema.format === 'string') throw new Error('the panel checks no formats: ' + schema.format);
       for (const part of Object.values(schema)) refuse(part);
     };
     export const Compile = (schema) => {
       refuse(schema);
       return { Check: (value) => Check(schema, value) };
     };`,
  ],
  [
    '/typebox/build/schema/engine/format.mjs',
    `const refuse = () => { throw new Error('the panel checks no formats'); };
     export const BuildFormat = refuse, CheckFormat = refuse, ErrorFormat = refuse;`,
  ],
  [
    '/typebox/build/type/engine/record/from_key.mjs',
    `import { FromStringKey } from './from_key_string.mjs';
     export const FromKey = (key, value) => {
       if (key.type !== 'string') throw new Error('the panel knows records by text only');
       return FromStringKey(key, value);
     };`,
  ],
  [
    '/typebox/build/type/engine/record/instantiate.mjs',
    `import { FromKey } from './from_key.mjs';
     export const RecordAction = (key, value) => FromKey(key, value);
     export const RecordInstantiate = () => { throw new Error('the panel knows no deferred types'); };`,
  ],
]);

/** A schema or a check that nobody uses is dropped: to make one has no effect. */
const makers = /\b(?:Type\.\w+|createParse|createOpenParse|readUnknownAs)\(/g;

/** Pure: the build's answer to a module; null leaves it as it is. */
const toLean = (code: string, id: string): string | null => {
  const [, instead] = [...replaced].find(([end]) => id.endsWith(end)) ?? [];
  if (instead !== undefined) return instead;
  return /\/(?:protocol|reconnect|web-ui)\/src\/.*\.ts$/.test(id) ? code.replaceAll(makers, '/* @__PURE__ */ $&') : null;
};

/** Keeps of typebox what checks the messages of the hub. All of it would be a third of the panel. */
export const leanTypebox = (): Plugin => {
  const told = new Set<string>();
  return {
    name: 'lean-typebox',
    apply: 'build',
    transform(code, id) {
      const path = [...replaced.keys()].find((end) => id.endsWith(end));
      if (path !== undefined) told.add(path);
      const lean = toLean(code, id);
      // Nothing in typebox registers itself anywhere.
      return id.includes('/typebox/build/')
        ? { code: lean ?? code, map: null, moduleSideEffects: false }
        : lean === null
          ? null
          : { code: lean, map: null };
    },
    buildEnd(error) {
      const missing = [...replaced.keys()].filter((path) => !told.has(path));
      if (error === undefined && missing.length > 0 && told.size > 0) this.error(`typebox has moved ${missing.join(' and ')}`);
    },
  };
};
