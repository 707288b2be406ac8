// Decides in this program instead of in a bundle: requests one device state under a lease, and waits until it is confirmed.
//   node own-automation.mjs <site folder> <data folder> <device> <value> [port of the bus `simulator`]
import { createPhloem, isFault } from 'phloem';

const [site = './site', data = './data', device = '', value = '', port] = process.argv.slice(2);

await using phloem = await createPhloem({
  site,
  data,
  ...(port !== undefined && { busPorts: { simulator: Number(port) } }),
});

const confirmed = new Promise((resolve) => {
  phloem.deviceStates$.subscribe((entry) => {
    if (entry.device === device && entry.phase === 'confirmed' && entry.by.kind === 'node') resolve(entry.value);
  });
});

try {
  const answer = await phloem.request(device, JSON.parse(value), { ttlMs: 5000, reason: 'an example' });
  if (answer.outcome === 'accepted') process.stdout.write(`${device} confirmed ${await confirmed}\n`);
  else process.stdout.write(`${device} was not commanded: ${answer.code}\n`);
} catch (error) {
  // Branch on the code; the text is for people.
  if (!isFault(error)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
