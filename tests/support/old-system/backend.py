"""A backend of the kind that polls: Modbus to the database, and the database to Modbus. Python 3 alone."""
import signal, socket, sqlite3, struct, sys, time

FILE, PORT, INTERVAL = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
RELAYS = {"dehumidifier_1": 0, "dehumidifier_2": 1}
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

def ask(unit, pdu):
    with socket.create_connection(("127.0.0.1", PORT), timeout=3) as line:
        line.sendall(struct.pack(">HHHB", 1, 0, len(pdu) + 1, unit) + pdu)
        head = line.recv(7, socket.MSG_WAITALL)
        return line.recv(struct.unpack(">HHHB", head)[2] - 1, socket.MSG_WAITALL)

def read_sensor():
    temperature, humidity = struct.unpack(">hH", ask(1, struct.pack(">BHH", 4, 0, 2))[2:6])
    return temperature / 10, humidity / 10

def write_relay(number, is_on):
    ask(10, struct.pack(">BHH", 5, number, 0xFF00 if is_on else 0))

database = sqlite3.connect(FILE, timeout=5)
while True:
    temperature, humidity = read_sensor()
    with database:
        database.execute(
            "INSERT INTO sensor_data (location, cluster, temp_c, rh) VALUES (?, ?, ?, ?)",
            ("flower_room", "front", temperature, humidity),
        )
    for device, state in database.execute("SELECT device, state FROM device_state").fetchall():
        write_relay(RELAYS[device], state == "ON")
    time.sleep(INTERVAL)
