import { DependencyError } from '../errors.js'

// The whole of a claim, as one step of the server.
//
// Claim and epoch share a slot, so both are looked at in one step: no claim can slip in between the loss of the data
// and its detection. The epoch is "run id of the server, append-only file on or off, unknown before (ms)". Another run id
// is another server process: what it loaded may lack the latest claims, unless it and the one before it kept an
// append-only file.
// KEYS claim, epoch. ARGV ttl (0: look at the epoch only), now, timestamp, credential created at, future.
export const REDIS_CLAIM_SCRIPT: string = `
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known, log, since = string.match(redis.call('GET', KEYS[2]) or '', '^(%w+) (%d) (%d+)$')
if not run or known ~= run then
  local logs = string.match(redis.call('INFO', 'persistence'), 'aof_enabled:(%d)') or '0'
  if not run or log ~= '1' or logs ~= '1' then since = ARGV[2] end
  redis.call('SET', KEYS[2], (run or 'unknown') .. ' ' .. logs .. ' ' .. since)
end
if ARGV[1] == '0' then return {'open', since} end
local from = tonumber(since) + tonumber(ARGV[5])
if tonumber(ARGV[3]) <= from and tonumber(ARGV[4]) < tonumber(since) then return {'warming', since} end
if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return {'claimed', since} end
return {'used', since}`

export interface ClaimAnswer {
  readonly outcome: 'open' | 'warming' | 'claimed' | 'used'
  /** The epoch: claims made before this moment (ms) may have been lost. */
  readonly since: number
}

/** @throws DependencyError `dependency_unavailable`: it is no answer of the script */
export function readClaimAnswer(answer: unknown): ClaimAnswer {
  const [outcome, since] = Array.isArray(answer) ? answer.map(String) : []
  const known = outcome === 'open' || outcome === 'warming' || outcome === 'claimed' || outcome === 'used'
  if (known && Number.isSafeInteger(Number(since))) return { outcome, since: Number(since) }
  throw new DependencyError('dependency_unavailable', {
    dependency: 'replay guard',
    cause: new TypeError('Redis gave an answer that the script cannot give.'),
  })
}
