import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { present } from '../../directories.js'
import { systemErrorCode } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import { type Check, failed, passed } from './check.js'

/** A proxy and where it is named. */
export interface NamedProxy {
  readonly name: string
  /** May hold a password: not shown. */
  readonly url: string
}

const DEFAULT_TIMEOUT_MS = 10_000

/** The proxy on the way to a URL, if there is one. */
export function findProxy(
  env: Readonly<Record<string, string | undefined>>,
  url: URL,
  flag: string | undefined,
): NamedProxy | undefined {
  if (flag !== undefined) return { name: '--proxy or the profile', url: flag }
  const names = [`${url.protocol.slice(0, -1)}_proxy`, 'all_proxy'].flatMap(name => [
    name,
    name.toUpperCase(),
  ])
  const name = names.find(candidate => present(env[candidate]) !== undefined)
  const excepted = present(env['no_proxy']) ?? present(env['NO_PROXY'])
  const hosts = excepted?.split(',').map(host => host.trim().replace(/^\*?\./, '')) ?? []
  const isExcepted = hosts.some(
    host => host === '*' || url.hostname === host || url.hostname.endsWith(`.${host}`),
  )
  return isExcepted || name === undefined ? undefined : { name, url: env[name] ?? '' }
}

/** Asks the proxy for a tunnel to the platform. */
export async function checkProxy(
  { name, url }: NamedProxy,
  target: URL,
  timeout: number | undefined,
): Promise<Check> {
  const fix = 'check --proxy, HTTPS_PROXY and NO_PROXY; hosts that need no proxy go into NO_PROXY'
  const text = /^[a-z0-9+.-]+:\/\//i.test(url) ? url : `http://${url}`
  const proxy = URL.canParse(text) ? new URL(text) : undefined
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol))
    return failed('proxy', `${name} names no http or https proxy`, fix, EXIT.environment)
  const shown = `${proxy.protocol}//${proxy.host} (${name})`
  const answer = await askForTunnel(
    proxy,
    target,
    timeout === undefined ? DEFAULT_TIMEOUT_MS : timeout * 1000,
  )
  if (answer === 200) return passed('proxy', `${shown} opens a way to ${target.host}`)
  if (answer === 407) {
    const how = 'give user and password in HTTPS_PROXY=http://user:password@host:port'
    return failed('proxy', `${shown} wants a password (407)`, how, EXIT.environment)
  }
  const fault = typeof answer === 'number' ? `answers ${answer}` : `does not answer (${answer})`
  return failed('proxy', `${shown} ${fault}`, fix, EXIT.environment)
}

/** @returns the status of CONNECT, or why there is none */
function askForTunnel(proxy: URL, target: URL, timeoutMs: number): Promise<number | string> {
  return new Promise(resolve => {
    const isTls = proxy.protocol === 'https:'
    const host = proxy.hostname.replace(/^\[|\]$/g, '')
    const port = Number(proxy.port || (isTls ? 443 : 80))
    const socket: Socket = isTls ? connectTls({ host, port }) : connect({ host, port })
    const authority = `${target.hostname}:${target.port || (target.protocol === 'https:' ? 443 : 80)}`
    const user = decodeURIComponent(proxy.username)
    const password = decodeURIComponent(proxy.password)
    const basic = Buffer.from(`${user}:${password}`).toString('base64')
    const credential = user === '' ? '' : `Proxy-Authorization: Basic ${basic}\r\n`
    let text = ''
    const end = (answer: number | string): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(timeoutMs, () => end('ETIMEDOUT'))
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credential}\r\n`)
    })
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
      if (status !== undefined) end(Number(status))
      else if (text.length > 1024) end('no HTTP')
    })
    socket.once('error', error => end(systemErrorCode(error) ?? 'unknown error'))
    socket.once('close', () => end('closed'))
  })
}
