// The fair's socket: hello, replay or snapshot, events, acknowledgements; described in fairs/README.md.
// It only makes the page faster: every live part is also polled by htmx, so a page without it is complete.
const VERSION = 1;
const ACK_EVERY = 32;
// As long again as a server takes to start: 2,000 tabs are back within half a minute of its death.
const LONGEST = 12000;
const GIVE_UP = new Set([4400, 4401, 4403, 4426, 4430]);
const root = document.getElementById("fair-live");

if (root) {
  const seen = Object.fromEntries(`${root.dataset.streams} ${root.dataset.quiet}`.split(" ").filter(Boolean).map((name) => [name, 0]));
  // Followed for what staff announce alone: whatever else happens there changes nothing on this page.
  const quiet = new Set(root.dataset.quiet.split(" "));
  let attempt = 0;
  let pending = null;
  let opened = null;
  // Commands of other scripts of the page, until they are answered: sent again after a reconnect, done once by their id.
  const asked = new Map();

  const refresh = (soon) => {
    if (pending !== null) return;
    // Everybody in a line hears the same event at once: the pages come back spread out.
    pending = setTimeout(() => {
      pending = null;
      document.body.dispatchEvent(new CustomEvent("fairs:changed"));
    }, soon ? 50 : 500 + Math.random() * 1500);
  };

  // What staff announce, and who may not write: read anew by the part of the page that shows it (told.html).
  const TOLD = new Set(["hall_announced", "line_announced", "silence_changed"]);
  const told = () => setTimeout(() => document.body.dispatchEvent(new CustomEvent("fairs:told")), Math.random() * 2000);

  const step = (stream, event) => {
    const by = event.kind === "line_joined" ? 1 : event.kind === "line_left" ? -1 : 0;
    if (!by) return;
    for (const shown of document.querySelectorAll(`[data-place-at="${stream}"]`)) {
      const place = Number(shown.textContent);
      if (event.data.number === Number(shown.dataset.number)) {
        if (by > 0) shown.textContent = event.data.place;
      } else if (event.data.place < place + (by > 0 ? 1 : 0)) shown.textContent = place + by;
    }
  };

  const connect = () => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/fairs/`);
    let read = 0;
    socket.addEventListener("open", () => {
      attempt = 0;
      socket.send(JSON.stringify({ type: "hello", version: VERSION, streams: seen }));
      opened = socket;
      for (const command of asked.values()) socket.send(command);
    });
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data);
      read += 1;
      if (read % ACK_EVERY === 0) socket.send(JSON.stringify({ type: "ack", count: read }));
      if (frame.type === "snapshot") {
        const again = seen[frame.stream] > 0;
        seen[frame.stream] = frame.seq;
        // What was said between drawing the page and hearing the stream would otherwise wait for the next poll.
        if (again || /^(meeting|booth)-/.test(frame.stream)) refresh(true);
      } else if (frame.type === "event") {
        if (frame.seq <= seen[frame.stream]) return;
        seen[frame.stream] = frame.seq;
        if (TOLD.has(frame.kind)) return void told();
        if (quiet.has(frame.stream)) return;
        step(frame.stream, frame);
        document.body.dispatchEvent(new CustomEvent("fairs:event", { detail: frame }));
        // What two browsers tell each other changes nothing on the page.
        if (frame.kind !== "signalled") refresh(/^(person|meeting|booth)-/.test(frame.stream));
      } else if (frame.type === "answer") {
        asked.delete(frame.id);
        document.body.dispatchEvent(new CustomEvent("fairs:answer", { detail: frame }));
      }
    });
    socket.addEventListener("close", ({ code }) => {
      document.documentElement.dataset.fairSocket = "closed";
      opened = null;
      if (GIVE_UP.has(code)) return;
      attempt += 1;
      setTimeout(connect, Math.random() * Math.min(LONGEST, 1000 * 2 ** attempt));
    });
  };

  document.body.addEventListener("fairs:command", ({ detail: { id, name, args } }) => {
    const command = JSON.stringify({ type: "command", id, name, args });
    asked.set(id, command);
    if (opened) opened.send(command);
  });
  // The same words again are not put in anew: a screen reader would say them again.
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!("told" in detail.target.dataset)) return;
    if (detail.target.dataset.told === detail.xhr.responseText) detail.shouldSwap = false;
    detail.target.dataset.told = detail.xhr.responseText;
  });
  connect();
}
