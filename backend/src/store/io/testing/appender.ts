import { openSqliteStore } from '../sqlite-store.ts';

// A hub that is to be killed: it appends as fast as it can and says each number once it has been appended.
const [path = '', bootId = ''] = process.argv.slice(2);
const store = openSqliteStore({ path, clock: { at: () => Date.now(), up: () => performance.now() }, random: Math.random, bootId });
process.stdout.write(`epoch ${store.log.epoch}\n`);
for (let count = 1; ; count += 1) {
  store.transact(() => {
    const [entry] = store.log.append([{ kind: 'note', by: { kind: 'hub' }, about: 'count', text: String(count) }]);
    store.cursors.set('flower_room', { epoch: store.log.epoch, lsn: entry?.lsn ?? 0 });
  });
  process.stdout.write(`${store.log.head}\n`);
  if (count % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
}
