import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

// A webhook's receiver in a process of its own: takes what is posted, and answers with an id. With a file it writes there the text of each.
const [port = "0", log] = process.argv.slice(2);
const answer = '{"id":"m1"}';
const headers = { "content-type": "application/json", "content-length": String(answer.length) };

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (part: string) => (body += part));
  request.on("end", () => {
    if (log !== undefined) appendFileSync(log, `${JSON.parse(body).text}\n`);
    response.writeHead(200, headers).end(answer);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
