import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../support/until.ts';

/** RabbitMQ takes longest on a busy machine. */
const startLimitMs = 180_000;

/** A server of the tests that nobody else uses. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now. */
  pid(): number;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on its port and data. */
  start(): Promise<void>;
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Claims that something listens there. */
export const isListening = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.on('connect', () => end(true)).on('error', () => end(false));
    socket.on('timeout', () => end(false));
  });

/** Where a program is installed; null when it is not. */
export const findProgram = (name: string, folders: readonly string[] = []): string | null =>
  [...folders, ...(process.env['PATH'] ?? '').split(':')].map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;

/** Runs a server that `spawnIt` starts; its data goes with it. */
export const ownServer = async (data: string, port: number, url: string, spawnIt: () => ChildProcess): Promise<OwnServer> => {
  let child: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    child = spawnIt();
    await until(
      `a server on ${port}`,
      () => isListening('127.0.0.1', port),
      (is) => is,
      startLimitMs,
    );
  };
  await start();
  return {
    url,
    port,
    pid: () => child?.pid ?? 0,
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      rmSync(data, { recursive: true, force: true });
    },
  };
};

/** A Redis of its own that writes every change to disk at once, so that a kill loses nothing; with further arguments. */
export const openOwnRedis = async (more: readonly string[] = []): Promise<OwnServer> => {
  const program = findProgram('redis-server');
  if (program === null) throw new Error('redis-server is not installed: install the package redis-server');
  const data = mkdtempSync(join(tmpdir(), 'phloem-redis-'));
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    data,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    ...more,
  ];
  return ownServer(data, port, `redis://127.0.0.1:${port}`, () => spawn(program, args, { stdio: 'ignore' }));
};

const postgresFolders = (): readonly string[] => {
  const root = '/usr/lib/postgresql';
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : [];
};

/**
 * Who runs a server that refuses to run as root: this user, unless it is root, and then that of the installed server, or nobody. The
 * folder is handed over.
 */
export const toOwner = (data: string, user: string): { readonly uid?: number; readonly gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number | null => {
    const found = [user, 'nobody'].map((name) => spawnSync('id', [flag, name], { encoding: 'utf8' })).find(({ status }) => status === 0);
    return found === undefined ? null : Number(found.stdout);
  };
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  if (uid === null || gid === null) return {};
  chownSync(data, uid, gid);
  return { uid, gid };
};

/** A PostgreSQL of its own. */
export const openOwnPostgres = async (): Promise<OwnServer> => {
  const folders = postgresFolders();
  const [initdb, postgres] = [findProgram('initdb', folders), findProgram('postgres', folders)];
  if (initdb === null || postgres === null) throw new Error('PostgreSQL is not installed: install the package postgresql');
  const data = mkdtempSync(join(tmpdir(), 'phloem-postgres-'));
  const owner = toOwner(data, 'postgres');
  const made = spawnSync(initdb, ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'], { encoding: 'utf8', cwd: data, ...owner });
  if (made.status !== 0) throw new Error(`initdb made no database: ${made.stderr}`);
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', data];
  return ownServer(data, port, `postgres://postgres@127.0.0.1:${port}/postgres`, () =>
    spawn(postgres, args, { stdio: 'ignore', cwd: data, ...owner }),
  );
};

/** A MariaDB of its own that syncs every transaction. */
export const openOwnMariadb = async (): Promise<OwnServer> => {
  const [install, mariadbd] = [findProgram('mariadb-install-db'), findProgram('mariadbd', ['/usr/sbin'])];
  if (install === null || mariadbd === null) throw new Error('MariaDB is not installed: install the package mariadb-server');
  const data = mkdtempSync(join(tmpdir(), 'phloem-mariadb-'));
  const owner = toOwner(data, 'mysql');
  const options = { cwd: data, ...owner };
  const made = spawnSync(install, ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'], {
    encoding: 'utf8',
    ...options,
  });
  if (made.status !== 0) throw new Error(`mariadb-install-db made no database: ${made.stderr}${made.stdout}`);
  const port = await freePort();
  const args = ['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${data}/mariadb.sock`];
  return ownServer(data, port, `mariadb://root@127.0.0.1:${port}/mysql`, () => spawn(mariadbd, args, { stdio: 'ignore', ...options }));
};

/** A Mosquitto of its own, with further lines in its configuration. */
export const openOwnMosquitto = async (more = ''): Promise<OwnServer> => {
  const program = findProgram('mosquitto', ['/usr/sbin']);
  if (program === null) throw new Error('Mosquitto is not installed: install the package mosquitto');
  const data = mkdtempSync(join(tmpdir(), 'phloem-mosquitto-'));
  const port = await freePort();
  // As root it gives up its rights, and could not write into a folder of root.
  toOwner(data, 'mosquitto');
  const config = join(data, 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence_location ${data}/\n${more}`);
  return ownServer(data, port, `mqtt://127.0.0.1:${port}`, () => spawn(program, ['-c', config], { stdio: 'ignore' }));
};

/** A NATS of its own with JetStream, and with further arguments. */
export const openOwnNats = async (more: readonly string[] = []): Promise<OwnServer> => {
  const program = findProgram('nats-server', ['/usr/sbin']);
  if (program === null) throw new Error('NATS is not installed: install the package nats-server');
  const data = mkdtempSync(join(tmpdir(), 'phloem-nats-'));
  const port = await freePort();
  const args = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', data, ...more];
  return ownServer(data, port, `nats://127.0.0.1:${port}`, () => spawn(program, args, { stdio: 'ignore' }));
};
