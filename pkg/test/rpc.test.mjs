// A chain's node that is busy, broken or silent, and how it is asked again.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";

import { HeadwaterError } from "@headwater/light-node";
import { Rpc } from "../dist/wallet/rpc.js";

const servers = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A node that answers each request by the next of `script`: a status, `undefined` for a good answer, or a function. */
async function node(...script) {
  const seen = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const calls = JSON.parse(text);
    seen.push(Array.isArray(calls) ? calls.length : 1);
    const step = script.shift();
    if (typeof step === "number") return response.writeHead(step, { "retry-after": "2" }).end();
    const good = ({ id, method, params }) => ({ jsonrpc: "2.0", id, result: `${method}${params}` });
    const answer = typeof step === "function" ? step(calls, good) : Array.isArray(calls) ? calls.map(good) : good(calls);
    return response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return { seen, url: `http://127.0.0.1:${server.address().port}` };
}

/** Waits for nothing, and remembers how long it should have. */
function impatient() {
  const waited = [];
  return { waited, wait: async (ms) => void waited.push(ms), random: () => 0.5 };
}

const questions = (count) => Array.from({ length: count }, (_, i) => ({ method: "m", params: [i] }));
const code = (wanted) => (error) => {
  assert.ok(error instanceof HeadwaterError, String(error));
  assert.equal(error.code, wanted, error.message);
  return true;
};

test("many questions are one request, and very many are few", async () => {
  const { seen, url } = await node();
  const answers = await new Rpc(url, impatient()).ask(questions(230));
  assert.deepEqual(seen, [100, 100, 30]);
  assert.deepEqual(
    answers.map(({ result }) => result),
    questions(230).map(({ params }) => `m${params}`),
  );
});

test("answers in another order are the right questions' answers", async () => {
  const { url } = await node((calls, good) => calls.map(good).reverse());
  const answers = await new Rpc(url, impatient()).ask(questions(3));
  assert.deepEqual(
    answers.map(({ result }) => result),
    ["m0", "m1", "m2"],
  );
});

test("a busy node is asked again, later each time, and not before it says", async () => {
  const limit = (calls, good) => calls.map((call, i) => (i === 0 ? good(call) : { id: call.id, error: { code: -32005 } }));
  const { seen, url } = await node(429, 503, limit);
  const how = impatient();
  await new Rpc(url, how).ask(questions(2));
  assert.equal(seen.length, 4);
  assert.deepEqual(how.waited, [2000, 2000, 1000]);
});

test("a node that stays broken is given up, with a code", async () => {
  const { seen, url } = await node(500, 500, 500, 500, 500, 500);
  const how = impatient();
  await assert.rejects(new Rpc(url, how).ask(questions(1)), code("chain_unreachable"));
  assert.equal(seen.length, 5);
  const nobody = new Rpc("http://127.0.0.1:1", impatient());
  await assert.rejects(nobody.ask(questions(1)), code("chain_unreachable"));
});

test("waiting for a busy node ends when the page wants it", async () => {
  const { url } = await node(429, 429, 429, 429, 429);
  const abort = new AbortController();
  const how = { random: () => 0.5, wait: (_, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new HeadwaterError("closed")))) };
  const asking = new Rpc(url, how).ask(questions(1), abort.signal);
  abort.abort();
  await assert.rejects(asking, code("closed"));
});

test("a question that fails leaves the others their answers", async () => {
  const { url } = await node((calls, good) => calls.map((call, i) => (i === 1 ? { id: call.id, error: { code: 3 } } : good(call))));
  const answers = await new Rpc(url, impatient()).ask(questions(3));
  assert.deepEqual(
    answers.map((one) => "error" in one),
    [false, true, false],
  );
});

test("what is no JSON-RPC is an error and no crash", async () => {
  for (const answer of [null, 7, [], [null], { error: { code: -32600, message: "no batches" } }, [{ id: 99, result: 1 }]]) {
    const { url } = await node(() => answer);
    await assert.rejects(new Rpc(url, impatient()).ask(questions(2)), HeadwaterError, JSON.stringify(answer));
  }
});
