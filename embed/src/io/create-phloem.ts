import { openPhloem } from './open-phloem.ts';
import type { Phloem } from './phloem.ts';
import type { PhloemOptions } from './phloem-options.ts';

/**
 * Runs a hub and its automation service in this process, with the same log, gate and leases as in processes of their own. It
 * installs no signal handlers, never ends the process, prints nothing, and changes nothing outside its data folder. Several instances
 * with folders of their own can run in one process. The caller ends it, by `close` or `await using`.
 *
 * @throws Fault `cli/usage` for a folder that is missing; `document/invalid`, `rules/invalid` for documents; `store/locked` when another
 * hub uses the data folder; `net/port-in-use`; `auth/unauthorised`, `auth/forbidden` when a token in the data folder is not valid any more.
 */
export const createPhloem = async (options: PhloemOptions): Promise<Phloem> => (await openPhloem(options)).phloem;
