// What a partner has in its program: a function of its own that reports a delivery. It is given the client.

export async function reportDelivery(client, { parcel, deliveredAt, recipient }) {
  const { currentStatus } = await client.orders.pushStatus(parcel, {
    status: 'delivered',
    occurredAt: deliveredAt,
    note: `received by ${recipient}`,
  })
  return currentStatus
}
