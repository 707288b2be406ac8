import type { RedisRecord } from './to-redis-record.ts';

/**
 * Appends records to the stream if it still ends at `ARGV[1]` (empty: if it holds nothing), and returns where it ended. One script,
 * so that all of it happens or none, and nobody can write in between.
 *
 * ARGV: expected id, greatest length, then for each record: id, n, n fields and values, channel, message, n, n points and values,
 * n, n devices and values.
 */
export const appendScript = `
local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local id = ''
if #top > 0 then id = top[1][1] end
if id ~= ARGV[1] then return id end
local at = 3
local function list()
  local n = tonumber(ARGV[at])
  local items = {}
  for i = 1, n do items[i] = ARGV[at + i] end
  at = at + n + 1
  return items
end
while at <= #ARGV do
  local place = ARGV[at]
  at = at + 1
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], place, unpack(list()))
  local channel, message = ARGV[at], ARGV[at + 1]
  at = at + 2
  if channel ~= '' then redis.call('PUBLISH', channel, message) end
  for key = 2, 3 do
    local pairs = list()
    if #pairs > 0 then redis.call('HSET', KEYS[key], unpack(pairs)) end
  end
end
return id
`;

const toList = (pairs: readonly (readonly [string, string])[]): readonly string[] => [String(pairs.length * 2), ...pairs.flat()];

/** The arguments of the script after its keys. */
export const toScriptArguments = (expected: string, maxLength: number, records: readonly RedisRecord[]): readonly string[] => [
  expected,
  String(maxLength),
  ...records.flatMap(({ id, fields, message, values, devices }) => [
    id,
    ...toList(fields),
    message?.channel ?? '',
    message?.text ?? '',
    ...toList(values),
    ...toList(devices),
  ]),
];
