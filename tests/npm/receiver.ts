// A partner's webhook receiver in TypeScript: it consents, verifies, answers, and applies each event once.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

/** What is read of an event; `data` is as the schema of its type says. */
export interface Told {
  id: string;
  type: string;
  subject: string;
}

/** What one partner has received: every verified delivery, and the events, each once. */
export class Mailbox {
  secret = "";
  refused = 0;
  readonly deliveries: Told[] = [];
  readonly applied = new Map<string, Told>();

  /** Keep a delivery whose signature is the platform's; false for any other. */
  accept(body: string, headers: IncomingHttpHeaders): boolean {
    try {
      const event = new Webhook(this.secret).verify(body, headers as Record<string, string>) as Told;
      this.deliveries.push(event);
      if (!this.applied.has(event.id)) this.applied.set(event.id, event);
      return true;
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      this.refused += 1;
      return false;
    }
  }

  /** The applied events of a kind, such as `ContractSigned`, in their order. */
  told(kind: string, subject?: string): Told[] {
    return [...this.applied.values()].filter(
      (event) => event.type.split(".").at(-2) === kind && (subject ?? event.subject) === event.subject,
    );
  }
}

/** Mailboxes behind one small HTTP server: each partner's address is its name. */
export class Receiver {
  readonly mailboxes = new Map<string, Mailbox>();
  private readonly server = createServer(async (request, response) => {
    const mailbox = this.mailbox((request.url ?? "").slice(1));
    if (request.method === "OPTIONS") response.writeHead(200, consent(request));
    else response.writeHead(mailbox.accept(await text(request), request.headers) ? 204 : 401);
    response.end();
  });

  constructor(names: readonly string[]) {
    for (const name of names) this.mailboxes.set(name, new Mailbox());
  }

  mailbox(name: string): Mailbox {
    const mailbox = this.mailboxes.get(name);
    if (!mailbox) throw new Error(`nobody is called ${name} here`);
    return mailbox;
  }

  /** Listen on a free port of this machine. */
  async open(): Promise<void> {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** Where a partner wants its events. */
  url(name: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/${name}`;
  }
}

/** The handshake of CloudEvents webhooks: this address is ours, and wants events of that origin. */
function consent(request: IncomingMessage): Record<string, string> {
  return { "WebHook-Allowed-Origin": String(request.headers["webhook-request-origin"]) };
}
