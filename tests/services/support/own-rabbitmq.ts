import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, freePort, ownServer, toOwner, type OwnServer } from './own-server.ts';

/** A RabbitMQ of its own, with a name service of its own beside it: nothing is shared with a RabbitMQ that runs already. */
export const openOwnRabbitmq = async (): Promise<OwnServer> => {
  const [program, epmd] = [findProgram('rabbitmq-server', ['/usr/lib/rabbitmq/bin']), findProgram('epmd')];
  if (program === null || epmd === null) throw new Error('RabbitMQ is not installed: install the package rabbitmq-server');
  const data = mkdtempSync(join(tmpdir(), 'phloem-rabbitmq-'));
  const owner = toOwner(data, 'rabbitmq');
  const [port, between, names] = [await freePort(), await freePort(), await freePort()];
  const env = {
    PATH: process.env['PATH'] ?? '',
    LANG: 'C.UTF-8',
    HOME: data,
    ERL_EPMD_PORT: String(names),
    RABBITMQ_NODENAME: 'own@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(between),
    RABBITMQ_MNESIA_BASE: join(data, 'mnesia'),
    RABBITMQ_LOG_BASE: join(data, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(data, 'plugins'),
    RABBITMQ_CONF_ENV_FILE: join(data, 'none'),
    RABBITMQ_CONFIG_FILE: join(data, 'none'),
    // The server is then this very process, and ends when its input does.
    RABBITMQ_ALLOW_INPUT: '1',
    // More would only slow the start on a busy machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2',
  };
  const service: ChildProcess = spawn(epmd, ['-port', String(names), '-address', '127.0.0.1'], { stdio: 'ignore', cwd: data, ...owner });
  const server = await ownServer(data, port, `amqp://guest:guest@127.0.0.1:${port}`, () =>
    spawn(program, [], { env, cwd: data, stdio: ['pipe', 'ignore', 'ignore'], ...owner }),
  );
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      const ended = once(service, 'exit');
      service.kill('SIGKILL');
      await ended;
      await server[Symbol.asyncDispose]();
    },
  };
};
