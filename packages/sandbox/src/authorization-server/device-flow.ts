import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'

/** Whom a person is who opens the sandbox's pages: nobody has to sign in to a sandbox. */
export interface DevicePerson {
  /** `sub` of the tokens. */
  readonly subject: string
  readonly scope: string
  readonly audience: string
}

const INTERACTION = '/interaction/'

/**
 * The device flow (RFC 8628): a program shows a code, a person confirms it in a browser. There is one person, who is
 * signed in as soon as the question comes up, and who has consented to everything.
 */
export function createDeviceFlow(mountPath: string, person: DevicePerson): Configuration {
  const { subject, scope, audience } = person
  return {
    interactions: { url: (_context, { uid }) => mountPath + INTERACTION + uid },
    findAccount: (_context, id) =>
      id === subject ? { accountId: subject, claims: () => ({ sub: subject }) } : undefined,
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ accountId: subject, clientId: oidc.client?.clientId ?? '' })
      grant.addOIDCScope(scope)
      grant.addResourceScope(audience, scope)
      await grant.save()
      return grant
    },
    renderError: (context, { error, error_description: description }) => {
      context.type = 'html'
      context.body = createPage('That did not work', `<p>${plain(description ?? error)}</p>`)
    },
    features: {
      deviceFlow: {
        enabled: true,
        charset: 'base-20',
        mask: '****-****',
        deviceInfo: () => ({}),
        userCodeInputSource: async (context, form, _out, error) => {
          const hint =
            error === undefined ? 'Type the code that your program shows.' : 'There is no such code.'
          context.body = createPage('Connect a program', `<p>${hint}</p>${form}`, 'op.deviceInputForm')
        },
        userCodeConfirmSource: async (context, form, client, _info, code) => {
          const text = `<p>${plain(client.clientId)} shows this code?</p><h2>${plain(code)}</h2>${form}`
          context.body = createPage('Connect a program', text, 'op.deviceConfirmForm')
        },
        successSource: async context => {
          context.body = createPage('Connected', '<p>You may close this page.</p>')
        },
      },
    },
  }
}

/** Signs the person in when that is what the request asks for. @returns whether it was */
export async function answerInteraction(
  provider: Provider,
  { subject }: Pick<DevicePerson, 'subject'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.url?.startsWith(INTERACTION) !== true) return false
  const login = { login: { accountId: subject } }
  await provider
    .interactionFinished(request, response, login, { mergeWithLastSubmission: false })
    .catch(() => {
      if (!response.headersSent) response.writeHead(400).end('This page has expired. Start again.')
    })
  return true
}

function createPage(title: string, content: string, form?: string): KoaContextWithOIDC['body'] {
  const button = form === undefined ? '' : `<button type="submit" form="${form}">Continue</button>`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}${button}</html>`
}

function plain(text: string): string {
  return text.replaceAll(/[^\w .,:-]/g, '')
}
