import { spawn } from 'node:child_process';

/** Opens a page in the browser of anyone who sits here. Where that cannot be done the printed link is all there is. */
export const openInBrowser = (url: string): void => {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(command, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => child.removeAllListeners());
  child.unref();
};
