import { createHmac } from 'node:crypto'
import { createWebhookSender, type WebhookDelivery } from '@countersign/server-verify'

/** Tells a partner of orders that came into being. */
export interface OrderWebhooks {
  /** Returns at once; what becomes of the delivery is told to `onFailure`. */
  ordersCreated(partnerId: string, orderIds: readonly string[], createdAt: string): void
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** The credential that webhooks are signed with. */
export interface WebhookSigner {
  readonly keyId: string
  readonly secret: string
}

export interface OrderWebhooksOptions {
  /** Where the partner listens; loopback and `http` are fine here. */
  readonly url: string
  readonly signer: WebhookSigner
  readonly partnerId: string
  readonly environment: string
  readonly onFailure: (orderId: string, delivery: WebhookDelivery) => void
}

/** So many at once; the rest waits its turn. */
const MAX_UNDER_WAY = 8

/** From the demo partner's secret, so that both are the same after a restart; neither leads to the other. */
export function deriveWebhookSigner(demoSecret: string): WebhookSigner {
  const secret = createHmac('sha256', demoSecret).update('countersign-sandbox-webhooks').digest('base64url')
  return { keyId: 'hook_demo_acme', secret }
}

/** Sends `order.created` for every order of the demo partner that came into being, signed (`spec/partner-signing.md` §14). */
export function createOrderWebhooks(options: OrderWebhooksOptions): OrderWebhooks {
  const { url, signer, partnerId, environment, onFailure } = options
  const sender = createWebhookSender({
    credential: { ...signer, environment },
    outbound: { unsafeAllowLoopback: true },
  })
  const waiting: { readonly orderId: string; readonly createdAt: string }[] = []
  const underWay = new Set<Promise<void>>()

  const deliver = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { orderId, createdAt } = next
      // One order comes into being once: its id makes the event's.
      const id = `order.created.${orderId}`
      const delivery = await sender.send(url, {
        id,
        type: 'order.created',
        occurredAt: createdAt,
        data: { orderId },
      })
      if (!delivery.delivered) onFailure(orderId, delivery)
    }
  }
  return {
    ordersCreated(createdFor, orderIds, createdAt) {
      if (createdFor !== partnerId) return
      waiting.push(...orderIds.map(orderId => ({ orderId, createdAt })))
      for (let free = MAX_UNDER_WAY - underWay.size; free > 0 && waiting.length > 0; free--) {
        const worker = deliver().finally(() => underWay.delete(worker))
        underWay.add(worker)
      }
    },
    async close() {
      waiting.length = 0
      await Promise.all(underWay)
    },
  }
}
