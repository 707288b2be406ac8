/**
 * The floors of each package: its folders from bottom to top. A file imports from its own folder and from folders that stand
 * before it, types included; folders in one list stand beside each other. `.` is the top of `src/`. The entry points of a package
 * (`main.ts`, and what its `exports` name) stand above all of them. Tests and their support may look up.
 */
export const floors: Readonly<Record<string, readonly (string | readonly string[])[]>> = {
  protocol: ['.', 'registers', 'reasons', 'entries', 'http', 'messages'],
  rules: ['units', 'nodes', 'documents', 'expressions', '.', 'plan', ['alarms', 'interlocks'], 'bundles', 'replay', 'tests'],
  reconnect: ['.'],
  backend: [
    ['log', 'access'],
    'site',
    'field',
    'store',
    ['ingest', 'cursors', 'leases', 'records', 'interlocks', 'settings'],
    'history',
    ['alarms', 'bridges', 'devices'],
    'view',
    ['sessions', 'documents', 'requests'],
    ['stream', 'setpoints'],
    'http',
    '.',
    'hub',
  ],
  automation: ['.', 'why'],
  simulator: ['.', 'past'],
  'bridges/core': ['.'],
  'bridges/redis': ['.'],
  'bridges/webhook': ['.'],
  'bridges/sql': ['dialects', '.', 'readings', 'requests'],
  cli: [['bridge', 'bus', 'rules'], 'operator', ['points', 'setpoints'], '.'],
};
