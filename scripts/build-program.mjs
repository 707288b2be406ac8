// Packs the sources of all processes, and most of what they depend on, into a few files: `<package>/program/`. A start reads
// some 20 of them instead of 2000 modules, which was most of its time.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Every file that Node is started with, as a process or as a thread, and what programs import. */
const entries = [
  'cli/src/main.ts',
  'simulator/src/main.ts',
  'simulator/src/past/main.ts',
  'automation/src/main.ts',
  'automation/src/why/main.ts',
  'automation/src/io/automation-worker.ts',
  'embed/src/index.ts',
  'embed/src/open.ts',
  'backend/src/history/io/history-worker.ts',
  'backend/src/backtests/io/backtest-worker.ts',
  'backend/src/documents/io/check-worker.ts',
  'backend/src/store/io/checkpoint-worker.ts',
  'backend/src/store/io/segments/seal-worker.ts',
];
/** What all share. It lies where what is not packed can be found. */
const chunks = 'backend/program/chunks';

/** CommonJS that loads native code, or files from beside its own; packing it saves nothing. */
const isLeftOutside = (id) => /^(?:serialport|modbus-serial|pino|pino-pretty|fastify|@fastify\/.*|socket\.io|prom-client)$/.test(id);
/** Our modules do nothing when they are loaded, but for those that are started. */
const isOurs = /[\\/](?:protocol|rules|reconnect|backend|automation|embed|simulator|cli|bridges[\\/][^\\/]+)[\\/]src[\\/]/;

const toProgram = (path) => path.replace('/src/', '/program/').replace(/\.ts$/, '.js');
const placeOf = '__phloem_place_of__';

/** A module finds files by where it is: as if it were on its own, in the place that it has in the sources. */
const keepPlaces = {
  name: 'keep-places',
  transform: (code, id) =>
    code.includes('import.meta.url') && isOurs.test(id)
      ? code.replaceAll('import.meta.url', `${placeOf}(${JSON.stringify(toProgram(relative(root, id)))})`)
      : null,
  renderChunk: (code, { fileName }) =>
    code.replaceAll(
      new RegExp(`${placeOf}\\("([^"]+)"\\)`, 'g'),
      (_, place) => `new URL(${JSON.stringify(relative(dirname(fileName), place))}, import.meta.url).href`,
    ),
};

const outputOptions = { format: 'esm', entryFileNames: '[name]', chunkFileNames: `${chunks}/[name]-[hash].js` };

/** Packs the program again. @throws what the bundler found. */
export const buildProgram = async () => {
  const bundle = await rolldown({
    input: Object.fromEntries(entries.map((path) => [toProgram(path), join(root, path)])),
    cwd: root,
    platform: 'node',
    external: isLeftOutside,
    resolve: { conditionNames: ['phloem-src', 'node'] },
    plugins: [keepPlaces],
    treeshake: { moduleSideEffects: [{ test: isOurs, sideEffects: false }] },
    logLevel: 'silent',
  });
  const { output } = await bundle.generate(outputOptions);
  // The one before goes only when there is another one.
  for (const name of new Set(entries.map((path) => path.split('/')[0])))
    rmSync(join(root, name, 'program'), { recursive: true, force: true });
  for (const { fileName, code } of output) {
    mkdirSync(dirname(join(root, fileName)), { recursive: true });
    writeFileSync(join(root, fileName), code);
  }
  await bundle.close();
};
