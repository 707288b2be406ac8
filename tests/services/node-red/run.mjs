// Runs Node-RED without an editor, and reports to the test what its nodes emit and show.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [modules, userDir] = process.argv.slice(2);
const red = createRequire(`${modules}/`)('node-red');
const server = createServer((request, answer) => red.httpAdmin(request, answer));
red.init(server, {
  userDir,
  httpAdminRoot: '/',
  httpNodeRoot: false,
  disableEditor: true,
  flowFile: 'flows.json',
  credentialSecret: 'of the test',
  runtimeState: { enabled: true, ui: false },
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'warn', metrics: false, audit: false } },
});
red.hooks.add('onSend.test', (events) => {
  for (const { msg, source } of events) {
    const { req: _request, res: _answer, ...message } = msg;
    process.send({ kind: 'message', node: source.id, port: source.port, message });
  }
});
red.hooks.add('onComplete.test', ({ error, node }) => {
  if (error) process.send({ kind: 'error', node: node.id, text: error.message });
});
red.events.on('node-status', ({ id, status }) =>
  process.send({ kind: 'status', node: id, text: status?.text ?? '', fill: status?.fill ?? '' }),
);
process.on('message', ({ node, message }) => red.nodes.getNode(node).receive(message));
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () =>
  red.start().then(() =>
    process.send({
      kind: 'ready',
      port: server.address().port,
      types: red.nodes.getNodeList().map(({ id, err }) => [id, String(err ?? '')]),
    }),
  ),
);
