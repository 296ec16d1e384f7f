/**
 * Loads oidc-provider without its warning about Node 20, where every flow used here was tested: a line that appears at
 * each start of the sandbox is a line that nobody reads.
 */
export async function importProvider(): Promise<typeof import('oidc-provider')> {
  const { warn } = console
  console.warn = (...parts: unknown[]) => {
    if (!String(parts[0]).includes('Unsupported runtime')) warn(...parts)
  }
  try {
    return await import('oidc-provider')
  } finally {
    console.warn = warn
  }
}
