"""An automation of the kind that polls: it reads the newest row, and writes what devices are to do. Python 3 alone."""
import signal, sqlite3, sys, time

FILE, INTERVAL = sys.argv[1], float(sys.argv[2])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

database = sqlite3.connect(FILE, timeout=5)
while True:
    row = database.execute("SELECT rh FROM sensor_data WHERE cluster = 'front' ORDER BY id DESC LIMIT 1").fetchone()
    with database:
        if row is not None:
            database.execute(
                "INSERT INTO device_state VALUES ('dehumidifier_1', ?, CURRENT_TIMESTAMP)"
                " ON CONFLICT (device) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
                ("ON" if row[0] > 60 else "OFF",),
            )
        database.execute("DELETE FROM heartbeat")
        database.execute("INSERT INTO heartbeat VALUES (CURRENT_TIMESTAMP)")
    time.sleep(INTERVAL)
