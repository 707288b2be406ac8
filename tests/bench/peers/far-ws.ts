import { WebSocket } from 'ws';
import { endWithStarter } from './near.ts';

endWithStarter();
const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}`, { perMessageDeflate: false });
socket.on('message', (data: Buffer) => socket.send(data.toString()));
