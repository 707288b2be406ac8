import type { Place } from './way.ts';
import { isWayName, loadWay } from './ways.ts';

// The automation's process: `node far.ts <way> <place>`. It ends with the process that started it.
const [, , name = '', place = ''] = process.argv;
if (!isWayName(name)) throw new Error(`there is no way ${name}`);
process.once('disconnect', () => process.exit(0));
await (await loadWay(name)).automation?.(JSON.parse(place) as Place);
process.send?.('ready');
