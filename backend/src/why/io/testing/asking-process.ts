import { openWhy } from '../open-why.ts';

/** A process in place of a hub, which asks the program in its first argument, and leaves what that writes in the file of the second. */
const [program = '', file = ''] = process.argv.slice(2);
const { ask } = openWhy({ args: [program], tokenFile: file, port: () => 1 });
await ask({ device: 'room/fan', at: null, not: null }, { person: 'user:anna', signal: new AbortController().signal });
