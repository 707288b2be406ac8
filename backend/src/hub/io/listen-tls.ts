import type { Server } from 'node:http';
import { Fault } from '@phloem/protocol';
import type { Logger } from 'pino';
import type { SchedulerLike } from 'rxjs';
import type { Users } from '../../access/users.ts';
import { openTlsListener, type TlsListen } from '../../http/io/open-tls-listener.ts';

export type ListenTlsParts = {
  readonly server: Server;
  readonly users: Pick<Users, 'list'>;
  readonly publicUrl: URL | null;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly scheduler: SchedulerLike;
};

/**
 * Lets other machines reach a hub with TLS; it ends with `opened`. Resolves to the port.
 *
 * @throws Fault `cli/usage` while no administrator has a password, and as `openTlsListener`.
 */
export const listenTls = async (
  where: TlsListen,
  { server, users, publicUrl, log, scheduler }: ListenTlsParts,
  opened: AsyncDisposableStack,
): Promise<number> => {
  if (publicUrl === null) throw new Fault('cli/usage', '--listen needs --public-url: the https address that people open');
  if (!users.list().some(({ role, hasPassword }) => role === 'admin' && hasPassword)) {
    throw new Fault(
      'cli/usage',
      '--listen needs an administrator with a password: start the hub without it, run "phloem user add <name> --role admin", open the link and choose a password',
    );
  }
  const onCertificate = ({ error }: { readonly error: string | null }): void => {
    if (error === null) log.info('the new certificate is in use');
    else log.error(`${error}; the old certificate stays in use`);
  };
  const listener = await openTlsListener({ ...where, server, publicUrl, onCertificate, scheduler });
  opened.defer(() => listener.close());
  return listener.port;
};
