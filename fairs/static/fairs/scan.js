// Check-in at the door. A code is told true from false on the device, kept there, and sent when there is network; the
// server takes each scan once, whatever is sent twice. Codes and keys: fairs/codes.py.
const root = document.getElementById("scanner");
const { fair, key, merge, worker } = root.dataset;
const known = new Set(root.dataset.known.split(" ").filter(Boolean));
const AT_ONCE = 500;
const EVERY = 5000;
const QUEUE = `fairs-scan-${fair}-queue-`;
const SEEN = `fairs-scan-${fair}-seen-`;
const LETTERS = /^[0-9A-HJKMNP-TV-Z]{8}$/;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const field = document.getElementById("code");
const said = document.getElementById("said");
// The line of the log that says of a scan that it is kept; anew after a reload.
const lines = new Map();
let sending = false;

const sentence = (name) => document.querySelector(`[data-say="${name}"]`)?.textContent ?? name;
// randomUUID asks for HTTPS, as everything here does that checks signatures.
const uuid = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g,
  (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
const device = localStorage.getItem("fairs-scan-device") ?? uuid();
localStorage.setItem("fairs-scan-device", device);

const kept = () => Object.keys(localStorage).filter((name) => name.startsWith(QUEUE)).sort();
const clock = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

const write = (line, words) => {
  line.textContent = `${clock(Date.now())} · ${words}`;
};

const log = (words) => {
  const all = document.getElementById("log");
  const line = document.createElement("li");
  write(line, words);
  all.prepend(line);
  while (all.children.length > 20) all.lastChild.remove();
  return line;
};

const tell = (name, tone, more = "") => {
  said.textContent = `${sentence(name)} ${more}`.trim();
  said.dataset.tone = tone;
  return log(said.textContent);
};

// What became of a scan that was kept for a while: said in its own line, because whoever scans now looks at another.
const tellLate = (read, words) => {
  const line = lines.get(read.scan);
  if (line?.isConnected) write(line, words);
  else log(`${clock(read.scanned_at)} · ${words}`);
};

const showQueue = () => {
  const waiting = kept().length;
  document.getElementById("queue").textContent = waiting ? `${sentence("waiting")} ${waiting}` : sentence("sent");
};

const bytes = (text) => {
  const out = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0, held = 0, at = 0;
  for (const letter of text) {
    held = ((held << 5) | BASE32.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) out[at++] = (held >> (bits -= 8)) & 0xff;
  }
  return out;
};

const genuine = async (text, signature) => {
  const point = Uint8Array.from(atob(key), (letter) => letter.charCodeAt(0));
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const imported = await crypto.subtle.importKey("raw", point, curve, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, bytes(signature), new TextEncoder().encode(text));
};

const digest = async (text) => {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(found.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

// What a code is: {who, sure} or {wrong}. Where the page may not check (no HTTPS) it is kept, and the server decides.
const judge = async (code) => {
  const short = code.replace(/[\s_-]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0").replace(/U/g, "V");
  const checks = Boolean(crypto.subtle);
  if (LETTERS.test(short)) return { who: short, sure: checks && known.has(await digest(`${fair}.${short}`)) };
  const parts = code.split(".");
  if (parts.length !== 4 || parts[0] !== "FW1" || !/^[A-Z2-7]{103}$/.test(parts[3])) return { wrong: "code_unreadable" };
  if (parts[1] !== fair) return { wrong: "code_foreign" };
  if (checks && !(await genuine(parts.slice(0, 3).join("."), parts[3]))) return { wrong: "code_forged" };
  return { who: parts[2], sure: checks };
};

const scan = async (text) => {
  const code = text.trim().toUpperCase();
  if (!code) return;
  const found = await judge(code);
  if (found.wrong) return tell(found.wrong, "danger");
  const before = localStorage.getItem(SEEN + found.who);
  if (before) return tell("duplicate", "warning", clock(before));
  const read = { scan: uuid(), code, scanned_at: new Date().toISOString(), who: found.who };
  // Kept first: where the store is full this fails, and the code may not count as seen.
  localStorage.setItem(QUEUE + read.scanned_at + read.scan, JSON.stringify(read));
  localStorage.setItem(SEEN + found.who, read.scanned_at);
  lines.set(read.scan, tell(found.sure ? "kept" : "unsure", found.sure ? "success" : "warning"));
  showQueue();
  await send(read.scan);
};

const settle = (name, read, answer, newest) => {
  localStorage.removeItem(name);
  if (answer.result === "refused") {
    localStorage.removeItem(SEEN + read.who);
    tell(answer.message, "danger", read.code.slice(0, 16));
  } else if (answer.result === "checked_in") {
    const count = document.getElementById("count");
    count.textContent = Number(count.textContent) + 1;
    // A clock that is wrong is told of every scan, also of those that were kept.
    if (answer.message) tell(answer.message, "warning");
    else if (newest === read.scan) tell("checked_in", "success");
    else tellLate(read, sentence("checked_in"));
  } else if (newest === read.scan) tell("duplicate", "warning", clock(answer.at));
  else tellLate(read, `${sentence("duplicate")} ${clock(answer.at)}`);
  lines.delete(read.scan);
};

const send = async (newest) => {
  const names = kept().slice(0, AT_ONCE);
  if (sending || !names.length) return;
  sending = true;
  try {
    const reads = names.map((name) => JSON.parse(localStorage.getItem(name)));
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
    const answer = await fetch(merge, {
      method: "POST", redirect: "manual", headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ device, scans: reads.map(({ scan, code, scanned_at }) => ({ scan, code, scanned_at })) }),
    });
    if (answer.ok) {
      const { results } = await answer.json();
      results.forEach((one, at) => settle(names[at], reads[at], one, newest));
    } else if (answer.type === "opaqueredirect" || answer.status === 403) tell("signed_out", "warning");
  } catch {
    // No network: what is kept waits for the next round.
  } finally {
    sending = false;
    showQueue();
  }
};

const watch = async () => {
  const view = document.getElementById("view");
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  view.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  view.hidden = false;
  await view.play();
  let last = "";
  setInterval(async () => {
    const [found] = await detector.detect(view).catch(() => []);
    if (found && found.rawValue !== last) await scan((last = found.rawValue));
  }, 250);
};

document.getElementById("scan-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value;
  field.value = "";
  field.focus();
  scan(text);
});
const camera = document.getElementById("camera");
camera.hidden = !("BarcodeDetector" in window && navigator.mediaDevices);
camera.addEventListener("click", () => {
  camera.disabled = true;
  watch().catch(() => { camera.disabled = false; tell("no_camera", "danger"); });
});

const keepPage = async () => {
  await navigator.serviceWorker.register(worker);
  await navigator.serviceWorker.ready;
  const used = performance.getEntriesByType("resource").map((entry) => entry.name);
  const own = used.filter((name) => name.startsWith(`${location.origin}/static/`));
  await (await caches.open("fairs-scan")).addAll([location.pathname, ...new Set(own)]);
  document.documentElement.dataset.scanner = "kept";
};

addEventListener("online", () => send());
setInterval(() => send(), EVERY);
showQueue();
send();
if ("serviceWorker" in navigator) keepPage().catch(() => {});
