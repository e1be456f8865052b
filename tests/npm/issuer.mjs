// An OpenID Connect issuer that is not ours: tokens by client credentials, signed with keys that rotate when told to.
//
// Its only argument is what it knows, in JSON: {port, keys, resources, scopes, clients: {id: {secret, alg, claims}}}; the
// keys are two, for RS256 and for ES256. It says how it stands, in a line of JSON, once it is ready and after each command
// on its standard input: `publish` two new keys, `sign` with the newest, `drop` the others, or `tell` how it stands.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

console.info = console.warn = console.error; // the library's notices: standard output is for our answers
const { Provider } = await import("oidc-provider");

const { port, keys: first, resources, scopes, clients } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

let keys;
let serve;
let fetches = 0;

// The library takes its keys once: they are published in this order, and the first one of an algorithm signs.
function use(now) {
  keys = now;
  serve = new Provider(issuer, {
    jwks: { keys },
    cookies: { keys: ["no browser comes here"] },
    scopes,
    clients: Object.entries(clients).map(([client_id, { secret }]) => ({
      client_id,
      client_secret: secret,
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resources[0],
        getResourceServerInfo: (_context, audience, client) => ({
          audience,
          scope: scopes.join(" "),
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: clients[client.clientId].alg } },
        }),
      },
    },
    extraTokenClaims: (_context, token) => clients[token.clientId].claims,
    ttl: { ClientCredentials: 600 },
  }).callback();
}

function made() {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  return [
    { ...rsa, kid: `rsa-${keys.length}-${Date.now()}`, use: "sig", alg: "RS256" },
    { ...ec, kid: `ec-${keys.length}-${Date.now()}`, use: "sig", alg: "ES256" },
  ];
}

const commands = {
  publish: () => use([...keys, ...made()]),
  sign: () => use([...keys.slice(-2), ...keys.slice(0, -2)]),
  drop: () => use(keys.slice(0, 2)),
  tell: () => {},
};

function tell() {
  console.log(JSON.stringify({ issuer, keys: keys.map(({ kid }) => kid), fetches }));
}

use(first);
const server = createServer((request, response) => {
  if (request.url === "/jwks") fetches += 1;
  serve(request, response);
});
await new Promise((listening) => server.listen(port, "127.0.0.1", listening));
tell();
for await (const command of createInterface({ input: process.stdin })) {
  commands[command]();
  tell();
}
process.exit(); // nobody listens any more
