// Runs a hub and its rules inside this program until a device has confirmed a state. Then everything ends in order.
//   node run-rules.mjs <site folder> <bundle folder> <data folder> [port of the bus `simulator`]
import { createPhloem } from 'phloem';

const [site = './site', bundle = './bundle', data = './data', port] = process.argv.slice(2);

await using phloem = await createPhloem({
  site,
  bundle,
  data,
  ...(port !== undefined && { busPorts: { simulator: Number(port) } }),
});

let readings = 0;
phloem.readings$.subscribe(({ q }) => {
  if (q === 'good') readings += 1;
});

const confirmed = await new Promise((resolve) => {
  phloem.deviceStates$.subscribe((entry) => {
    if (entry.phase === 'confirmed' && entry.by.kind === 'node') resolve(entry);
  });
});
process.stdout.write(`${confirmed.device} confirmed ${confirmed.value} after ${readings} good readings\n`);
