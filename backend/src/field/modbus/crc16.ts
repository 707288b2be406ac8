/** The checksum of Modbus RTU (polynomial 0xA001, begins at 0xFFFF; MODBUS over Serial Line V1.02, 6.2.2). */
export const crc16 = (bytes: Uint8Array): number => {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xa001;
  }
  return crc;
};

/** The bytes with their checksum behind them, low byte first. */
export const withCrc = (bytes: Uint8Array): Uint8Array => {
  const framed = new Uint8Array(bytes.length + 2);
  const crc = crc16(bytes);
  framed.set(bytes);
  framed[bytes.length] = crc & 0xff;
  framed[bytes.length + 1] = crc >> 8;
  return framed;
};
