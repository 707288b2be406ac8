// A program that never answers. Its last argument is a file: there it leaves its process id, and there it ends without a word
// when the process that started it has gone.
import { appendFileSync } from 'node:fs';

process.once('disconnect', () => process.exit(1));
appendFileSync(process.argv.at(-1) ?? '', `${process.pid}\n`);
setInterval(() => undefined, 60_000);
