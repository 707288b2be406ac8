import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** This boot of the machine: its name, and how long the kernel has been up, in milliseconds. */
export type Boot = { readonly bootId: string; readonly kernelUptime: number };

/** Reads which boot this is. Where the system does not say, every start counts as a new one. */
export const readBoot = (): Boot => ({ bootId: readBootId() ?? randomUUID(), kernelUptime: uptime() * 1000 });

function readBootId(): string | null {
  try {
    if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    if (process.platform === 'darwin') return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();
    return null;
  } catch {
    // Not knowing only means a new epoch after a start that was not in order.
    return null;
  }
}
