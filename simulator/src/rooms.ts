import { type ColdInputs, type ColdState, createCold, isDoorUsed, morningCold, stepCold } from './cold-store.ts';
import type { Machines } from './machines.ts';
import { createNursery, morningNursery, type NurseryInputs, type NurseryState, stepNursery } from './propagation.ts';
import type { RoomInputs } from './air.ts';
import { createRoom, morningAir, nightAir, type RoomState, stepRoom } from './room.ts';
import { isLit, toSunMs, toWeather } from './weather.ts';

/** The three rooms of the simulator, each with its sensors. */
export type Rooms = { readonly flower_room: RoomState; readonly propagation: NurseryState; readonly cold_store: ColdState };

/** The rooms as they are found at this time of the day. */
export const createRooms = (machines: Machines, wallMs: number): Rooms => {
  const inputs = toInputs(machines, wallMs);
  return {
    flower_room: createRoom(isLit(toSunMs(wallMs)) ? morningAir : nightAir, inputs.flower_room),
    propagation: createNursery(morningNursery, inputs.propagation),
    cold_store: createCold(morningCold, inputs.cold_store),
  };
};

/** The rooms after `dtMs` with these machines running, at this time of their own calendar. */
export const stepRooms = (rooms: Rooms, machines: Machines, wallMs: number, dtMs: number, random: () => number): Rooms => {
  const inputs = toInputs(machines, wallMs);
  return {
    flower_room: stepRoom(rooms.flower_room, inputs.flower_room, dtMs, random),
    propagation: stepNursery(rooms.propagation, inputs.propagation, dtMs, random),
    cold_store: stepCold(rooms.cold_store, inputs.cold_store, dtMs, random),
  };
};

/** What acts on each room. */
export const toInputs = (
  { relays, drives, doors }: Machines,
  wallMs: number,
): { readonly flower_room: RoomInputs; readonly propagation: NurseryInputs; readonly cold_store: ColdInputs } => {
  const sunMs = toSunMs(wallMs);
  const outside = toWeather(sunMs);
  const isOn = (name: keyof Machines['relays']): boolean => relays[name].isClosed;
  const share = (name: keyof Machines['drives']): number => drives[name].actual / 1000;
  return {
    flower_room: {
      dehumidifiers: Number(isOn('dehumidifier_1')) + Number(isOn('dehumidifier_2')),
      isHeaterOn: isOn('heater'),
      isDosing: isOn('co2_valve'),
      fanShare: share('exhaust_fan'),
      lightShare: share('lights'),
      isDoorOpen: doors.flower_room === 'open',
      outside,
    },
    propagation: {
      isHeaterOn: isOn('propagation/heater'),
      isFogging: isOn('propagation/fogger'),
      isFilling: isOn('propagation/refill_valve'),
      ventShare: share('propagation/vent'),
      lightShare: share('propagation/lights'),
      outside,
    },
    cold_store: {
      isCompressorOn: isOn('cold_store/compressor'),
      isDefrosting: isOn('cold_store/defrost_heater'),
      isDoorOpen: isColdDoorOpen(doors, wallMs),
      outside,
    },
  };
};

/** Whether the door of the cold store is open: held manually, or by those who come and go. */
export const isColdDoorOpen = (doors: Machines['doors'], wallMs: number): boolean =>
  doors.cold_store === 'used' ? isDoorUsed(toSunMs(wallMs)) : doors.cold_store === 'open';
