/** What a new webhook begins with: a mapping that works, and a sample of what the third party sends. */
import type { WebhookVerify } from '../../client/schema.ts'

export const VERIFY: Record<WebhookVerify, string> = {
  shopify: 'Shopify: X-Shopify-Hmac-Sha256.',
  stripe: 'Stripe: Stripe-Signature.',
  hubspot: 'HubSpot: X-HubSpot-Signature-v3.',
  standard: 'Standard Webhooks: webhook-id and webhook-signature.',
  hmac: 'GitHub and many others: an HMAC of the body in a header.',
}

type Start = { mapping: string; sample: object }

const generic: Start = {
  mapping: `{
  "type": "track",
  "event": body.type,
  "userId": $string(body.user.id),
  "timestamp": body.at,
  "properties": body.data
}`,
  sample: { type: 'Ticket Closed', at: '2026-11-24T10:00:00Z', user: { id: 7 }, data: { rating: 5 } },
}

export const STARTS: Record<WebhookVerify, Start> = {
  shopify: {
    mapping: `{
  "records": {
    "object": "order", "externalId": $string(body.id), "number": body.name, "status": body.financial_status,
    "amount": body.total_price, "currency": body.currency, "placedAt": body.created_at, "email": body.email
  },
  "events": {
    "messageId": "shopify-order-" & body.id,
    "type": "track", "event": "Order Completed", "timestamp": body.created_at,
    "userId": $string(body.customer.id),
    "context": {"traits": {"email": body.email}},
    "properties": {"total": $number(body.total_price), "currency": body.currency}
  }
}`,
    sample: {
      id: 1001,
      name: '#1001',
      email: 'jon@example.com',
      created_at: '2026-11-20T10:00:00-05:00',
      currency: 'USD',
      total_price: '403.00',
      financial_status: 'paid',
      customer: { id: 7 },
    },
  },
  stripe: {
    mapping: `body.type = "invoice.paid" ? {
  "type": "track", "event": "Invoice Paid", "userId": body.data.object.customer,
  "timestamp": body.created * 1000,
  "context": {"traits": {"email": body.data.object.customer_email}},
  "properties": {"amount": body.data.object.amount_paid / 100, "currency": $uppercase(body.data.object.currency)}
}`,
    sample: {
      id: 'evt_1',
      type: 'invoice.paid',
      created: 1795500000,
      data: { object: { customer: 'cus_1', amount_paid: 1250, currency: 'eur', customer_email: 'ada@example.com' } },
    },
  },
  hubspot: {
    mapping: `{
  "records": body[subscriptionType in ["contact.propertyChange", "contact.deletion"]].$merge([
    {"object": "contact", "externalId": $string(objectId)},
    subscriptionType = "contact.deletion" ? {"delete": true} :
    propertyName = "email" ? {"email": propertyValue} :
    propertyName = "lifecyclestage" ? {"stage": propertyValue} : {"custom": {propertyName: propertyValue}}
  ])
}`,
    sample: [
      {
        eventId: 1,
        subscriptionType: 'contact.propertyChange',
        objectId: 51,
        propertyName: 'lifecyclestage',
        propertyValue: 'customer',
        occurredAt: 1795500000000,
      },
    ],
  },
  standard: generic,
  hmac: generic,
}
