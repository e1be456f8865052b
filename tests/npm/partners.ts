// How a partner calls the platform by the generated types: its token, its refusals, and what it waits for.

import assert from "node:assert/strict";
import { env } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import createClient, { type Client, type Middleware } from "openapi-fetch";
import type { components, paths } from "./platform.js";
import type { Receiver, Told } from "./receiver.js";

export type Schemas = components["schemas"];
type Platform = Client<paths>;

const NOT_YET = [404, 409, 422];
const WAIT = 30_000;

/** What the platform answers: what was asked for, or a problem that says why not and what to do next. */
type Reply<T> = { data?: T; error?: Schemas["Problem"]; response: Response };

/** What was asked for. */
export function ok<T>({ data, error, response }: Reply<T>): T {
  if (data === undefined) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(error)}`);
  return data;
}

/** Ask again until there is what we wait for. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const start = Date.now(); Date.now() - start < WAIT; await pause(50)) {
    const found = await ask();
    if (found !== undefined) return found;
  }
  throw new Error("it did not arrive in time");
}

/** Ask again until the service knows what is named: news travels from one service to another in a moment. */
export async function soon<T>(ask: () => Promise<Reply<T>>): Promise<T> {
  for (const start = Date.now(); ; await pause(50)) {
    const reply = await ask();
    if (!NOT_YET.includes(reply.response.status) || Date.now() - start > WAIT) return ok(reply);
  }
}

/** A client with a token of its own, by OAuth 2 client credentials. */
async function signIn(address: string, name: string): Promise<Platform> {
  const variable = name.toUpperCase().replaceAll("-", "_");
  const client = createClient<paths>({ baseUrl: address });
  const { data, error } = await client.POST("/oauth/token", {
    body: {
      grant_type: "client_credentials",
      client_id: env[`${variable}_ID`],
      client_secret: env[`${variable}_SECRET`],
    },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  if (!data) throw new Error(`${name} is given no token: ${JSON.stringify(error)}`);
  const bearer: Middleware = {
    onRequest({ request }) {
      request.headers.set("Authorization", `Bearer ${data.access_token}`);
    },
  };
  client.use(bearer);
  return client;
}

/** Who acts, each with a client of its own; and where the subscribers are told. */
export class Partners {
  private readonly clients = new Map<string, Platform>();

  constructor(
    readonly anybody: Platform,
    readonly receiver: Receiver,
  ) {}

  static async signIn(address: string, names: Iterable<string>, receiver: Receiver): Promise<Partners> {
    const partners = new Partners(createClient<paths>({ baseUrl: address }), receiver);
    for (const name of names) {
      partners.clients.set(name, await signIn(address, name));
    }
    return partners;
  }

  as(name: string): Platform {
    const client = this.clients.get(name);
    assert(client, `${name} has not signed in`);
    return client;
  }

  /** Wait until a subscriber was told: its receiver has verified the signature. */
  async hears(name: string, kind: string, subject: string, times = 1): Promise<Told> {
    const mailbox = this.receiver.mailbox(name);
    const event = await until(() => mailbox.told(kind, subject)[times - 1]);
    console.log(`    ${name} is told ${kind}`);
    return event;
  }

  /** Whom it does not concern is told nothing. */
  hearsNothing(name: string, kind: string): void {
    assert.deepEqual(this.receiver.mailbox(name).told(kind), []);
  }
}
