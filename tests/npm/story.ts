// The programme's journey in ten steps, played with a TypeScript client whose types are generated from the OpenAPI
// document:
//
//     openapi-typescript https://…/openapi.json --output platform.ts --default-non-nullable false
//     node story.js https://… clients.env
//
// The second argument holds the partners' ids and secrets. Companies, State services, people, the sheet and the
// contract are synthetic and say so; the territory, its Regions and the operators are real.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { argv, loadEnvFile } from "node:process";
import { ok, Partners, type Schemas, soon, until } from "./partners.js";
import { Receiver } from "./receiver.js";

const TERRITORY = "2018-ti-7505";
const INTERCOMMUNALITY = "200067254";
const COMPANY = "000000117";
const BANK = "180020026";
const REGIONS = [
  { code: "75", council: "region", siren: "200053759", prefect: "prefet", state: "000000018" },
  { code: "76", council: "region-occitanie", siren: "200053791", prefect: "prefet-occitanie", state: "000000026" },
];
const AMOUNT = 2_500_000; // what the operator brings, in euro cents
const OPERATORS = ["banque-des-territoires", "bpifrance"];
const SUBSCRIBERS = [...OPERATORS, "region", "partner"];
const OTHERS = ["delegation", "territory", "company", ...REGIONS.flatMap((one) => [one.council, one.prefect])];

const NOW = Date.now();
/** A day of the calendar, counted from today. */
const day = (offset: number) => new Date(NOW + offset * 86_400_000).toISOString().slice(0, 10);
const YESTERDAY = day(-1);

/** The délégation makes the others known; two operators, a Region and an open-data portal subscribe. */
async function subscribe(partners: Partners): Promise<string> {
  const organisations: Schemas["OrganisationIn"][] = [
    ...REGIONS.map(({ code, state }) => ({
      siren: state,
      name: `Préfecture de la région ${code} (synthétique)`,
      kind: "state" as const,
      region: code,
      synthetic: true,
    })),
    { siren: COMPANY, name: "Ateliers du Gave (entreprise synthétique)", kind: "company", synthetic: true },
  ];
  for (const body of organisations) ok(await partners.as("delegation").POST("/v1/organisations", { body }));

  let subscription_id = "";
  for (const name of SUBSCRIBERS) {
    const client = partners.as(name);
    const made = ok(
      await client.POST("/v1/subscriptions", {
        body: { url: partners.receiver.url(name), description: "démonstration" },
      }),
    );
    subscription_id = made.id;
    partners.receiver.mailbox(name).secret = made.secret;
    const params = { path: { subscription_id } };
    await until(async () => {
      const { status } = ok(await client.GET("/v1/subscriptions/{subscription_id}", { params }));
      return status === "active" || undefined;
    });
  }
  for (const operator of OPERATORS) {
    const body = { territory: TERRITORY, name: "Camille Exemple (personne synthétique)", since: YESTERDAY };
    const referent = await soon(() => partners.as(operator).POST("/v1/referents", { body }));
    await partners.hears(operator, "ReferentNamed", `referent/${referent.id}`);
  }
  return subscription_id;
}

/** An élu and an industriel take office. */
async function installGovernance(partners: Partners): Promise<void> {
  const params = { path: { territory: TERRITORY } };
  const pilots: Schemas["PilotIn"][] = [
    { capacity: "elu", person_id: randomUUID(), organisation: INTERCOMMUNALITY, since: YESTERDAY },
    { capacity: "industriel", person_id: randomUUID(), organisation: COMPANY, since: YESTERDAY },
  ];
  for (const body of pilots) {
    await soon(() => partners.as("territory").POST("/v1/territories/{territory}/pilots", { params, body }));
  }
  await partners.hears("partner", "PilotAppointed", `territory/${TERRITORY}`, 2);
}

/** The Region is told of the sheet, the public is not. */
async function sendUpASheet(partners: Partners): Promise<string> {
  const body: Schemas["ActionDraft"] = {
    title: "École de production (démonstration)",
    territories: [TERRITORY],
    axes: ["recruter", "attirer"],
    main_axis: "recruter",
    context: "Situation synthétique.",
    objective: "Objectif synthétique.",
    description: "Description synthétique.",
    issues: [{ title: "Des métiers en tension" }],
    carriers: [INTERCOMMUNALITY],
    commitment: "firm",
    cost_cents: 125_000_000,
    planned_start: YESTERDAY,
    planned_end: day(730),
    milestones: [{ title: "Ouverture", due_on: day(365) }],
  };
  const { id: action_id } = await soon(() => partners.as("territory").POST("/v1/actions", { body }));
  ok(await partners.as("territory").POST("/v1/actions/{action_id}/submit", { params: { path: { action_id } } }));
  await partners.hears("region", "ActionSubmitted", `action/${action_id}`);
  partners.hearsNothing("partner", "ActionSubmitted");
  return action_id;
}

/** The catalogue has matched the sheet, and explains itself. */
async function match(partners: Partners, action_id: string): Promise<Schemas["MatchOut"][]> {
  const params = { path: { action_id } };
  const { matches } = await soon(() => partners.as("territory").GET("/v1/matchings/{action_id}", { params }));
  for (const { verdict, because } of matches[0]?.criteria ?? []) console.log(`    ${verdict}: ${because}`);
  await partners.hears("banque-des-territoires", "ServicesMatched", `matching/${action_id}`);
  return matches;
}

/** Sent again under the same key, it is the same request, not another one. */
async function callOnAService(partners: Partners, action_id: string, matches: Schemas["MatchOut"][]): Promise<string> {
  const fitting = matches.find(({ operator }) => operator === BANK);
  assert(fitting, "none of its services fits");
  const body = { service: fitting.service, territory: TERRITORY, action_id, message: "Demande synthétique." };
  const params = { header: { "Idempotency-Key": randomUUID() } };
  const request = ok(await partners.as("territory").POST("/v1/requests", { params, body }));
  const again = ok(await partners.as("territory").POST("/v1/requests", { params, body }));
  assert.deepEqual(again, request);
  await partners.hears("banque-des-territoires", "ServiceRequested", `request/${request.id}`);
  partners.hearsNothing("bpifrance", "ServiceRequested");
  return request.id;
}

/** The operator takes note, and accepts; the sheet shows what it brings. */
async function answer(partners: Partners, action_id: string, request_id: string): Promise<void> {
  const bank = partners.as("banque-des-territoires");
  const params = { path: { request_id } };
  ok(await bank.POST("/v1/requests/{request_id}/acknowledge", { params }));
  ok(await bank.POST("/v1/requests/{request_id}/accept", { params, body: { amount_cents: AMOUNT } }));
  const accepted = await until(async () => {
    const sheet = await partners.as("territory").GET("/v1/actions/{action_id}", { params: { path: { action_id } } });
    return ok(sheet).service_requests.find(({ status }) => status === "accepted");
  });
  assert.equal(accepted.amount_cents, AMOUNT);
  await partners.hears("region", "ServiceRequestAnswered", `request/${request_id}`, 2);
}

/** The préfet gives the State's opinion, both Regions decide; the contract is submitted once it lacks nothing. */
async function prepareContract(partners: Partners, action_id: string): Promise<string> {
  const sheet = { path: { action_id } };
  const opinion = { verdict: "favourable" as const, text: "Avis synthétique." };
  ok(await partners.as("prefet").POST("/v1/actions/{action_id}/opinion", { params: sheet, body: opinion }));
  for (const { council } of REGIONS)
    ok(await partners.as(council).POST("/v1/actions/{action_id}/validate", { params: sheet }));

  const team = partners.as("territory");
  const { id: contract_id } = ok(await team.POST("/v1/contracts", { body: draft(action_id) }));
  const params = { path: { contract_id } };
  await until(async () => ok(await team.GET("/v1/contracts/{contract_id}/readiness", { params })).ready || undefined);
  ok(await team.POST("/v1/contracts/{contract_id}/submit", { params }));
  await partners.hears("region", "ContractSubmitted", `contract/${contract_id}`);
  return contract_id;
}

const TEXT = "Texte synthétique.";

function draft(action_id: string): Schemas["ContractDraft"] {
  const capacity = "Présidence";
  return {
    territory: TERRITORY,
    title: "Contrat Lacq-Pau-Tarbes (démonstration)",
    starts_on: YESTERDAY,
    ends_on: day(1095),
    parties: [
      { organisation: INTERCOMMUNALITY, block: "territory", kind: "intercommunality", capacity, role: "carrier" },
      ...REGIONS.flatMap(({ siren, state }): Schemas["PartyIn"][] => [
        { organisation: siren, block: "public", kind: "region", capacity, role: "partner" },
        { organisation: state, block: "public", kind: "state", capacity, role: "partner" },
      ]),
      { organisation: BANK, block: "public", kind: "operator", capacity, role: "partner" },
      { organisation: COMPANY, block: "economic", kind: "company", capacity, role: "carrier" },
    ],
    project: { diagnosis: TEXT, ambitions: TEXT, issues: [{ title: "Des métiers en tension", text: TEXT }] },
    themes: {
      ambitions: TEXT,
      attractiveness: { people: TEXT, businesses: TEXT },
      skills: TEXT,
      animation: { text: TEXT, facilitator: { office: "Direction du développement économique" } },
      simplification: TEXT,
    },
    priorities: [{ title: "Attirer des talents", carriers: [INTERCOMMUNALITY], actions: [action_id] }],
    commitments: [
      INTERCOMMUNALITY,
      ...REGIONS.flatMap(({ siren, state }) => [siren, state]),
      BANK,
      COMPANY,
    ].map((organisation): Schemas["CommitmentIn"] => ({ organisation, kind: "human", text: TEXT })),
    links: [],
    plan: [{ action_id }],
  };
}

/** The committee of each Region decides; each Region approves. */
async function approve(partners: Partners, contract_id: string): Promise<void> {
  for (const { code, council, siren } of REGIONS) {
    const client = partners.as(council);
    const committee = ok(
      await client.POST("/v1/committees", {
        body: {
          level: "regional",
          name: `Comité de pilotage régional ${code} (démonstration)`,
          region: code,
          chair: siren,
          established_on: YESTERDAY,
        },
      }),
    );
    const decision = ok(
      await client.POST("/v1/decisions", {
        body: {
          committee_id: committee.id,
          kind: "contract_approval",
          outcome: "favourable",
          title: "Approbation (démonstration)",
          reference: `DEMO-${code}`,
          decided_on: YESTERDAY,
          territories: [TERRITORY],
          decides: `contract/${contract_id}`,
        },
      }),
    );
    const act = { params: { path: { contract_id } }, body: { decision_id: decision.id } };
    await soon(() => client.POST("/v1/contracts/{contract_id}/approve", act));
  }
  await partners.hears("banque-des-territoires", "ContractApproved", `contract/${contract_id}`);
}

/** Each party signs for itself; asked to tell it again, the platform does so under the same id. */
async function sign(partners: Partners, contract_id: string, subscription_id: string): Promise<void> {
  const params = { path: { contract_id } };
  ok(await partners.as("territory").POST("/v1/contracts/{contract_id}/request-signatures", { params }));
  const signature = { capacity: "Présidence", signed_on: YESTERDAY };
  const deliberation = { reference: "DEMO-1", date: YESTERDAY };
  for (const name of ["territory", ...REGIONS.map(({ council }) => council)]) {
    const body = { ...signature, deliberation };
    ok(await partners.as(name).POST("/v1/contracts/{contract_id}/sign", { params, body }));
  }
  for (const name of [...REGIONS.map(({ prefect }) => prefect), "banque-des-territoires", "company"]) {
    ok(await partners.as(name).POST("/v1/contracts/{contract_id}/sign", { params, body: signature }));
  }
  for (const name of SUBSCRIBERS) await partners.hears(name, "ContractSigned", `contract/${contract_id}`);

  const mailbox = partners.receiver.mailbox("partner");
  const [fact] = mailbox.told("ContractSigned", `contract/${contract_id}`);
  assert(fact);
  ok(
    await partners.as("partner").POST("/v1/subscriptions/{subscription_id}/replay", {
      params: { path: { subscription_id } },
      body: { since: `${YESTERDAY}T00:00:00Z`, types: [fact.type] },
    }),
  );
  await until(() => mailbox.deliveries.filter(({ id }) => id === fact.id)[1]);
  assert.equal(mailbox.told("ContractSigned").length, 1, "the effect was applied twice");
}

/** Everybody may read how the programme stands, as of any day; no token is needed. */
async function count(partners: Partners): Promise<void> {
  const report = async (as_of?: string) =>
    ok(await partners.anybody.GET("/v1/progress", { params: { query: { phase: "2018", as_of } } })).total;
  const signed = async (as_of: string) => (await report(as_of)).contracts["signed"] ?? 0;
  const before = await signed(day(-2));
  const after = await until(async () => {
    const counted = await signed(YESTERDAY);
    return counted === before + 1 ? counted : undefined;
  });
  console.log(`    signed contracts: ${before} by ${day(-2)}, ${after} by ${YESTERDAY}`);
  const brought = (await report()).operators.map(({ operator, amount_cents }) => [operator, amount_cents]);
  assert.deepEqual(brought, [[BANK, AMOUNT]]);
}

async function play(partners: Partners): Promise<string> {
  console.log("Partners subscribe, and their receivers consent");
  const subscription = await subscribe(partners);
  console.log("The territory gets its pilots");
  await installGovernance(partners);
  console.log("An action sheet is submitted");
  const action = await sendUpASheet(partners);
  console.log("The catalogue says which services fit, and why");
  const matches = await match(partners, action);
  console.log("The territory calls on a service");
  const request = await callOnAService(partners, action, matches);
  console.log("The operator answers, with an amount");
  await answer(partners, action, request);
  console.log("The Region retains the sheet; the contract is drafted and submitted");
  const contract = await prepareContract(partners, action);
  console.log("Each Region approves, naming its committee's decision");
  await approve(partners, contract);
  console.log("The parties sign, and every subscriber is notified once");
  await sign(partners, contract, subscription);
  console.log("The progress report counts it");
  await count(partners);
  return contract;
}

const [address = "", secrets = ""] = argv.slice(2);
loadEnvFile(secrets);
const receiver = new Receiver(SUBSCRIBERS);
await receiver.open();
try {
  console.log(await play(await Partners.signIn(address, new Set([...SUBSCRIBERS, ...OTHERS]), receiver)));
} finally {
  receiver.close();
}
