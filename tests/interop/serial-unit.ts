import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import modbus from 'modbus-serial';

/**
 * Two units on a serial line, by the library's own server: input register n holds 1000 + n; register 99 answers late. Unit 1
 * listens at 9600 baud, unit 2 at 19200: a pseudo terminal has no speed, but it knows to which one its other end was set.
 */
const { values } = parseArgs({
  options: { path: { type: 'string', default: '' }, line: { type: 'string', default: '' }, 'late-ms': { type: 'string', default: '0' } },
});
const lateMs = Number(values['late-ms']);

/** Asked of another program, which takes its time on a busy machine: not for the registers that are polled. */
const isHeard = (unit: number, address: number): boolean =>
  (unit === 1 && address === 0) ||
  Number(execFileSync('stty', ['-F', values.line, 'speed'], { encoding: 'utf8' })) === (unit === 2 ? 19_200 : 9600);
/** What is said at another speed is noise: nobody answers it. */
const never = new Promise<number>(() => undefined);

new modbus.ServerSerial(
  {
    getInputRegister: async (address: number, unit: number) => {
      if (!isHeard(unit, address)) return never;
      if (address === 99) await new Promise((resolve) => setTimeout(resolve, lateMs));
      return 1000 + address;
    },
    getHoldingRegister: async (address: number, unit: number) => (isHeard(unit, address) ? 1000 + address : never),
  },
  { path: values.path, baudRate: 9600, parity: 'even', unitID: 255, lock: false, openCallback: () => process.stdout.write('ready\n') },
);
// Without it the native part of the serial port leaves what came unread until something else happens.
setInterval(() => undefined, 2);
