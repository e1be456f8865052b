// Read structured CloudEvents (one JSON text per array item) with the official SDK: null, or the reason of a refusal.

import { text } from "node:stream/consumers";
import { HTTP } from "cloudevents";

function refusal(body) {
  try {
    const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json" }, body });
    event.validate();
    return null;
  } catch (error) {
    return `${error.message} ${JSON.stringify(error.errors ?? "")}`;
  }
}

console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(refusal)));
