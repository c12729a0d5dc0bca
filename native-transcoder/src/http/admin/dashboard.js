// Asks the node every two seconds and shows what it says.

const EVERY = 2000;
/** Live points: ten minutes. */
const POINTS = 300;
const HOUR = 3_600_000;
const [WIDTH, HEIGHT] = [720, 220];
const ETHER = 10n ** 18n;

const at = (id) => document.getElementById(id);
const live = [];
const known = new Set();
let latest;

/** Wei in words: ETH with five figures that count, gwei below a millionth. */
function money(wei) {
  const value = BigInt(wei);
  if (value === 0n) return "0 ETH";
  const [unit, name] = value < ETHER / 1_000_000n ? (value < 1000n ? [1n, "wei"] : [10n ** 9n, "gwei"]) : [ETHER, "ETH"];
  const whole = value / unit;
  const rest = (value % unit).toString().padStart(unit.toString().length - 1, "0");
  const zeros = whole > 0n ? 0 : /^0*/.exec(rest)[0].length;
  const digits = Math.max(0, (whole > 0n ? 5 - whole.toString().length : 5) + zeros);
  const fraction = unit === 1n ? "" : rest.slice(0, digits).replace(/0+$/, "");
  return `${whole.toLocaleString("en")}${fraction && `.${fraction}`} ${name}`;
}

const many = (count, one, more) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
const short = (name) => `${name.slice(0, 8)}…${name.slice(-4)}`;
const clock = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });

function write(id, words) {
  const node = at(id);
  if (node.textContent !== words) node.textContent = words;
}

function cell(label, ...content) {
  const node = document.createElement("td");
  node.dataset.label = label;
  const box = document.createElement("span");
  box.append(...content);
  node.append(box);
  return node;
}

function named(name, words = short(name)) {
  const node = document.createElement("span");
  node.className = "name";
  node.title = name;
  node.textContent = words;
  return node;
}

function tag(state, words) {
  const node = document.createElement("span");
  node.className = "tag";
  node.dataset.state = state;
  node.textContent = words;
  return node;
}

function stateOf(winner) {
  switch (winner.state) {
    case "sent":
      return [tag("sent", "sent"), ...(winner.tx ? [" ", named(winner.tx)] : [])];
    case "redeemed": {
      const partly = winner.paidWei === winner.faceWei ? "" : ` ${money(winner.paidWei)} of it`;
      return [tag("redeemed", "redeemed"), `${partly} `, named(winner.tx), ` in block ${winner.block}`];
    }
    case "lost":
      return [tag("lost", "lost"), ` ${winner.reason}`];
    default:
      return [tag("pending", "waits to be sent")];
  }
}

function winnerRow(winner, first) {
  const row = document.createElement("tr");
  if (!first && !known.has(winner.ticket)) row.className = "fresh";
  known.add(winner.ticket);
  row.append(
    cell("Won", clock(winner.wonAt)),
    cell("Pays", money(winner.faceWei)),
    cell("From", named(winner.sender)),
    cell("State", ...stateOf(winner)),
  );
  return row;
}

function payerRow(payer) {
  const wei = (value) => (value === null ? "not known yet" : money(value));
  const leaves = payer.withdrawRound === null ? [] : [" ", tag("lost", `leaves in round ${payer.withdrawRound}`)];
  const row = document.createElement("tr");
  row.append(
    cell("Payer", named(payer.address), ...leaves),
    cell("Streams", String(payer.sessions)),
    cell("Float", wei(payer.floatWei)),
    cell("Owes", money(payer.outstandingWei)),
    cell("Deposit", wei(payer.depositWei)),
    cell("Reserve", wei(payer.reserveWei)),
  );
  return row;
}

/** Rows are made anew only when what they show is another. */
function rows(id, items, make) {
  const body = at(id);
  const shown = JSON.stringify(items);
  if (body.shown === shown) return;
  const first = body.shown === undefined;
  body.shown = shown;
  body.replaceChildren(...items.map((item) => make(item, first)));
  at(`no-${id}`).hidden = items.length > 0;
}

function mark(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** As a part of the whole, of numbers that no float holds. */
const part = (value, top) => (top === 0n ? 0 : Number((value * 10_000n) / top) / 10_000);

function drawLive() {
  const from = live[0];
  const series = ["earned", "paid"].map((kind) => ({ kind, values: live.map((point) => point[kind] - from[kind]) }));
  const top = series.flatMap(({ values }) => values).reduce((most, value) => (value > most ? value : most), 0n);
  const marks = series.map(({ kind, values }) => {
    const points = values.map((value, i) => {
      const x = WIDTH - (values.length - 1 - i) * (WIDTH / (POINTS - 1));
      return `${x.toFixed(1)},${(HEIGHT - 3 - part(value, top) * (HEIGHT - 12)).toFixed(1)}`;
    });
    return mark("polyline", { class: `line ${kind}`, points: points.join(" ") });
  });
  return { top, marks, words: "Since this page was opened, at most the last ten minutes" };
}

function drawHours(hours) {
  const end = latest.at - (latest.at % HOUR) + HOUR;
  const bars = Array.from({ length: hours }, (_, i) => ({ start: end - (hours - i) * HOUR, earned: 0n, paid: 0n }));
  for (const hour of latest.history) {
    const bar = bars[hours - Math.round((end - hour.start) / HOUR)];
    if (bar) Object.assign(bar, { earned: BigInt(hour.expectedWei), paid: BigInt(hour.paid.wei) });
  }
  const top = bars.reduce((most, { earned, paid }) => [most, earned, paid].reduce((a, b) => (b > a ? b : a)), 0n);
  const width = WIDTH / hours;
  const marks = bars.flatMap((bar, i) =>
    ["earned", "paid"].map((kind, side) => {
      const height = part(bar[kind], top) * (HEIGHT - 12);
      const x = i * width + width * (0.12 + side * 0.38);
      const size = { x: x.toFixed(2), y: (HEIGHT - height).toFixed(2), width: (width * 0.36).toFixed(2) };
      const node = mark("rect", { class: `bar ${kind}`, ...size, height: height.toFixed(2) });
      const title = mark("title", {});
      title.textContent = `${clock(bar.start)}: ${money(bar[kind])} ${kind}`;
      node.append(title);
      return node;
    }),
  );
  return { top, marks, words: `By the hour, the last ${hours === 24 ? "24 hours" : "seven days"}` };
}

function draw() {
  if (!latest) return;
  const span = document.querySelector("input[name=span]:checked").value;
  const { top, marks, words } = span === "live" ? drawLive() : drawHours(span === "day" ? 24 : 168);
  const sum = (kind) => money(latest.ever[kind]);
  at("marks").replaceChildren(...marks);
  write("top", top === 0n ? "nothing in this time" : `top: ${money(top)}`);
  write("chart-words", `${words}: ${top === 0n ? "nothing" : `at most ${money(top)}`}. Of all time ${sum("expectedWei")} earned, ${sum("paidWei")} paid.`);
}

/** A node that was started again counts from nothing. */
function note(point) {
  if (live.length === POINTS) live.shift();
  if (live.at(-1)?.since !== point.since) live.length = 0;
  live.push(point);
}

function show(payments) {
  latest = payments;
  const { ever, tickets, price } = payments;
  note({ since: tickets.since, earned: BigInt(tickets.expectedWei), paid: BigInt(ever.paidWei) });
  write("terms", `${payments.recipient} asks for ${words(price)} on chain ${payments.chainId}.`);
  write("paid", money(ever.paidWei));
  write("paid-more", many(ever.redeemed.count, "winner redeemed", "winners redeemed"));
  write("expected", money(ever.expectedWei));
  write("expected-more", `${many(ever.accepted, "ticket", "tickets")}, on average over luck`);
  write("waiting", money(BigInt(ever.pending.wei) + BigInt(ever.sent.wei)));
  write("waiting-more", `${ever.pending.count} to be sent, ${ever.sent.count} sent`);
  write("lost", money(ever.lost.wei));
  write("lost-more", many(ever.lost.count, "winner that will never be paid", "winners that will never be paid"));
  write("since", clock(tickets.since));
  for (const name of ["received", "accepted", "refused", "won"]) write(name, tickets[name].toLocaleString("en"));
  write("worth", money(tickets.expectedWei));
  rows("winners", payments.winners, winnerRow);
  rows("payers", payments.payers, payerRow);
  const hidden = payments.payerCount - payments.payers.length;
  write("payers-title", hidden > 0 ? `Who pays (and ${hidden} more who owe less)` : "Who pays");
  draw();
}

const words = (price) => `${price.wei} wei for ${price.pixels === 1 ? "a pixel" : `${price.pixels} pixels`}`;

function tell(tone, text) {
  at("state").dataset.tone = tone;
  write("state", text);
}

async function ask() {
  try {
    const response = await fetch("/payments", { signal: AbortSignal.timeout(10_000) });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail);
    show(body);
    tell("live", "live");
  } catch (error) {
    tell("gone", `The node does not answer: ${error.message}. Asking again.`);
  }
  setTimeout(ask, EVERY);
}

for (const input of document.querySelectorAll("input[name=span]")) input.addEventListener("change", draw);
ask();
