import { UsageError } from './errors.js'

/** What undici's EnvHttpProxyAgent is told; undefined: no proxy at all. */
export type ProxyChoice =
  | { readonly httpProxy: string; readonly httpsProxy: string; readonly noProxy: string }
  | undefined

/**
 * Decides on the proxy: the option, or `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either case, lower
 * case first. An empty variable counts as absent: it must not hide the one in the other case, as it does in undici.
 *
 * @throws UsageError `proxy_invalid`
 */
export function readProxyChoice(
  option: string | URL | false | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ProxyChoice {
  if (option === false) return undefined
  if (option !== undefined) {
    const proxy = readProxyUrl('proxy', String(option))
    return { httpProxy: proxy, httpsProxy: proxy, noProxy: '' }
  }
  const read = (name: string): string =>
    environment[name.toLowerCase()]?.trim() || environment[name.toUpperCase()]?.trim() || ''
  const all = read('all_proxy')
  const httpProxy = readProxyUrl('HTTP_PROXY', read('http_proxy') || all)
  const httpsProxy = readProxyUrl('HTTPS_PROXY', read('https_proxy') || all)
  if (httpProxy === '' && httpsProxy === '') return undefined
  return { httpProxy, httpsProxy, noProxy: read('no_proxy') }
}

function readProxyUrl(name: string, text: string): string {
  if (text === '') return ''
  // `proxy.example.com:3128` without a scheme is what people write and curl takes.
  const url = text.includes('://') ? text : `http://${text}`
  // The value may hold a password: it stands in no message.
  if (!URL.canParse(url))
    throw new UsageError('proxy_invalid', `${name} is no URL such as http://proxy.example.com:3128.`)
  const { protocol } = new URL(url)
  if (protocol === 'http:' || protocol === 'https:') return url
  const scheme = protocol.slice(0, -1)
  throw new UsageError(
    'proxy_invalid',
    `${name} names a ${scheme} proxy. Only http and https proxies are supported.`,
  )
}
