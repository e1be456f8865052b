// Sends requests over one connection of HTTP/2 and tells what was answered. Reads {url, requests}: of each its headers,
// pseudo-headers among them, and how many bytes of body follow; whether their length is told stands in the headers.
import { connect } from "node:http2";
import { text } from "node:stream/consumers";

const asked = JSON.parse(await text(process.stdin));
const session = connect(asked.url, { rejectUnauthorized: false });

function answered({ headers, bytes }) {
  return new Promise((resolve) => {
    const stream = session.request(headers, { endStream: bytes === undefined });
    const answer = { headers: {}, body: "" };
    stream.setEncoding("utf-8");
    stream.on("response", (headers) => (answer.headers = { ...headers }));
    stream.on("data", (part) => (answer.body += part));
    // Who refuses may not want the rest of a body.
    stream.on("error", (error) => (answer.error = String(error)));
    stream.on("close", () => resolve(answer));
    if (bytes !== undefined) stream.end("x".repeat(bytes));
  });
}

const answers = await Promise.all(asked.requests.map(answered));
console.log(JSON.stringify({ protocol: session.alpnProtocol, answers }));
session.close();
