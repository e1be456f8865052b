// What the library of receivers in JavaScript makes of signed requests: the event that it reads, or why it refuses.

import { text } from "node:stream/consumers";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

const { now, requests } = JSON.parse(await text(process.stdin));
Date.now = () => now * 1000; // the library asks no other clock

function verdict({ secret, headers, body }) {
  try {
    return { read: new Webhook(secret).verify(Buffer.from(body), headers) };
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return { refused: error.message };
  }
}

console.log(JSON.stringify(requests.map(verdict)));
