// Voice and video between the two browsers of a meeting. The server only carries the signals (fairs/README.md);
// sound and picture go straight from one to the other, or through the relay, and nobody records them.
// Nobody's camera opens by itself: whoever is called is asked first, and says how to answer.
const root = document.getElementById("call");
const { RUNGS, begin, step } = globalThis.fairsLadder;
const RING_EVERY = 5000;
const RING_LONGEST = 45000;
const RING_HEARD = 12000; // no further ring for so long: the caller is gone
const SAMPLE_EVERY = 2000;
const LOST_AFTER = 25000;
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 } };
const STREAM = root && `meeting-${root.dataset.meeting}`;
const STUDENT = root?.dataset.side === "student";
const tab = Math.random().toString(36).slice(2);
const over = new Set();
let call = null; // { id, picture, mine, peer, … } from the first ring to the end
let commands = 0;

const one = (selector) => root.querySelector(selector);
const all = (selector) => root.querySelectorAll(selector);

function show(state, said = state) {
  root.dataset.state = state;
  if (state === "ringing") globalThis.fairsRing.start();
  else globalThis.fairsRing.stop();
  for (const button of all("[data-do]")) button.hidden = !button.dataset.when.split(" ").includes(state);
  say(said);
  one("[data-stage]").hidden = state !== "talking";
}

function say(name) {
  for (const line of all("[data-say]")) line.hidden = line.dataset.say !== name;
}

function tell(what, data = "") {
  commands += 1;
  const args = { meeting: Number(root.dataset.meeting), call: call.id, what, data };
  const detail = { id: `${tab}-${commands}`, name: "signal", args };
  document.body.dispatchEvent(new CustomEvent("fairs:command", { detail }));
}

// Ring and answer ------------------------------------------------------------------------------------------------

async function start(picture) {
  const devices = await open(picture);
  if (devices === null || call !== null) return stop(devices);
  call = { id: `${tab}-${Date.now().toString(36)}`, picture, mine: true, devices };
  const ring = () => tell("ring", picture ? "video" : "voice");
  ring();
  call.ringing = setInterval(ring, RING_EVERY);
  call.patience = setTimeout(() => end("unanswered"), RING_LONGEST);
  show("calling");
}

function rung(id, data) {
  if (over.has(id)) return;
  if (call !== null && call.id !== id) {
    // Both called at once: the student's ring gives way, and the student is asked like anybody.
    if (!(STUDENT && call.mine && !call.peer)) return;
    end("idle");
  }
  if (call === null) {
    call = { id, mine: false, picture: data === "video" };
    show("ringing", data === "video" ? "rings-video" : "rings-voice");
  }
  clearTimeout(call.patience);
  if (!call.peer) call.patience = setTimeout(() => end("missed", false), RING_HEARD);
}

async function accept(picture) {
  const answered = call;
  globalThis.fairsRing.stop();
  clearTimeout(answered.patience);
  const devices = await open(picture);
  if (call !== answered) return stop(devices);
  if (devices === null) return end(root.dataset.said, true);
  call.devices = devices;
  call.picture = picture;
  tell("accept", tab);
  await connect();
}

function accepted(mine, data) {
  if (!mine) {
    clearInterval(call.ringing);
    clearTimeout(call.patience);
    if (call.mine && !call.peer) connect();
  } else if (!call.mine && data !== tab) end("elsewhere", false);
}

function end(said, aloud = true) {
  if (call === null) return;
  if (aloud) tell("bye");
  const ended = call;
  over.add(ended.id);
  call = null;
  for (const timer of ["ringing", "patience", "measuring"]) clearInterval(ended[timer]);
  ended.peer?.close();
  stop(ended.devices);
  one("[data-own]").srcObject = one("[data-remote]").srcObject = null;
  show("idle", said);
}

function stop(devices) {
  for (const track of devices?.getTracks() ?? []) track.stop();
}

// Camera and microphone: null, and why in words, where they cannot be had.
async function open(picture) {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true, video: picture ? PICTURE : false });
  } catch (error) {
    const why = { NotAllowedError: "denied", NotFoundError: "no-device", NotReadableError: "in-use" };
    root.dataset.said = why[error.name] ?? "no-device";
    say(root.dataset.said);
    return null;
  }
}

// The connection: perfect negotiation, the student is the polite side ----------------------------------------------

async function relays() {
  try {
    const answer = await fetch(root.dataset.relay, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).servers : [];
  } catch {
    return [];
  }
}

async function connect() {
  const mine = call;
  mine.early = [];
  const iceServers = await relays();
  if (call !== mine) return;
  const peer = new RTCPeerConnection({ iceServers });
  Object.assign(mine, { peer, offering: false, deaf: false, ladder: begin(), muted: false, other: null, patience: null });
  mine.remote = new MediaStream();
  one("[data-remote]").srcObject = mine.remote;
  one("[data-own]").srcObject = mine.devices;
  peer.ontrack = ({ track }) => mine.remote.addTrack(track);
  peer.onnegotiationneeded = () => offer(mine);
  peer.onicecandidate = ({ candidate }) => candidate && gather(mine, candidate);
  peer.onconnectionstatechange = () => watch(mine);
  mine.channel = peer.createDataChannel("state", { negotiated: true, id: 0 });
  mine.channel.onopen = () => tellState();
  mine.channel.onmessage = ({ data }) => heardState(JSON.parse(data));
  for (const track of mine.devices.getTracks()) peer.addTrack(track, mine.devices);
  mine.measuring = setInterval(() => measure(mine), SAMPLE_EVERY);
  watch(mine);
  show("talking", "connecting");
  buttons();
  for (const [what, data] of mine.early.splice(0)) await negotiate(what, data);
}

async function offer(mine) {
  // The caller speaks first; whoever was called adds what is missing once that is settled.
  if (!mine.mine && !mine.peer.remoteDescription) return;
  try {
    mine.offering = true;
    await mine.peer.setLocalDescription();
    describe(mine);
  } finally {
    mine.offering = false;
  }
}

function describe(mine) {
  const { type, sdp } = mine.peer.localDescription;
  if (call === mine) tell(type, sdp);
}

// Candidates come in a burst: told together, so that a call stays within the socket's rate.
function gather(mine, candidate) {
  mine.found ??= [];
  mine.found.push(candidate);
  mine.gathering ??= setTimeout(() => {
    mine.gathering = null;
    if (call === mine) tell("candidate", JSON.stringify(mine.found.splice(0)));
  }, 150);
}

async function negotiate(what, data) {
  const mine = call;
  const { peer } = mine;
  if (!peer) return mine.early?.push([what, data]);
  try {
    if (what === "candidate") {
      for (const candidate of JSON.parse(data)) if (!mine.deaf) await peer.addIceCandidate(candidate);
      return;
    }
    const collision = what === "offer" && (mine.offering || peer.signalingState !== "stable");
    mine.deaf = collision && !STUDENT;
    if (mine.deaf) return;
    await peer.setRemoteDescription({ type: what, sdp: data });
    if (what === "offer") {
      await peer.setLocalDescription();
      describe(mine);
    }
  } catch (error) {
    console.warn("call:", error);
  }
}

function watch(mine) {
  if (call !== mine) return;
  const state = mine.peer.connectionState;
  root.dataset.connection = state;
  if (state === "connected") {
    clearTimeout(mine.patience);
    mine.patience = null;
    apply();
  } else {
    if (state === "failed" || state === "disconnected") say("broken");
    if (state === "failed") mine.peer.restartIce();
    mine.patience ??= setTimeout(() => end("lost"), LOST_AFTER);
  }
}

// What is sent: the ladder, the microphone, the camera ---------------------------------------------------------------

const sender = (kind) => call.peer.getSenders().find(({ track }) => track?.kind === kind);

async function measure(mine) {
  if (mine.peer.connectionState !== "connected") return;
  const sample = { loss: 0, rtt: 0, kbps: null };
  for (const row of (await mine.peer.getStats()).values()) {
    if (row.type === "remote-inbound-rtp") sample.loss = Math.max(sample.loss, row.fractionLost ?? 0);
    if (row.type === "candidate-pair" && row.nominated && row.state === "succeeded") {
      sample.rtt = 1000 * (row.currentRoundTripTime ?? 0);
      if (row.availableOutgoingBitrate) sample.kbps = row.availableOutgoingBitrate / 1000;
    }
  }
  if (call !== mine) return;
  // Without a picture little is sent, and the estimate of what would be free says nothing above that.
  if (!sending("video") && sample.kbps > 2 * RUNGS[3].needs) sample.kbps = null;
  const before = mine.ladder.rung;
  mine.ladder = step(mine.ladder, sample);
  if (mine.ladder.rung !== before) await apply();
}

const sending = (kind) => Boolean(sender(kind)?.track?.enabled) && RUNGS.find(({ name }) => name === call.ladder.rung).height > 0;

async function apply() {
  const { name, height, most } = RUNGS.find((rung) => rung.name === call.ladder.rung);
  const [sound, picture] = [sender("audio"), sender("video")];
  if (sound) sound.track.enabled = !call.muted && name !== "text";
  if (picture) {
    const asked = picture.getParameters();
    for (const encoding of asked.encodings ?? []) {
      encoding.active = height > 0;
      if (height > 0) {
        encoding.maxBitrate = 1000 * most;
        encoding.scaleResolutionDownBy = Math.max(1, (picture.track.getSettings().height || height) / height);
      }
    }
    await picture.setParameters(asked).catch((error) => console.warn("call:", error));
  }
  words();
  tellState();
}

function tellState() {
  if (call?.channel?.readyState !== "open") return;
  const camera = Boolean(sender("video"));
  call.channel.send(JSON.stringify({ rung: call.ladder.rung, camera, muted: call.muted }));
}

function heardState(other) {
  call.other = other;
  words();
}

// In words: what I send, and what the other side does.
function words() {
  const camera = Boolean(sender("video"));
  const mine = call.ladder.rung === "text" || camera ? call.ladder.rung : "voice-only";
  say(`sends-${mine}`);
  root.dataset.rung = call.ladder.rung;
  const { other } = call;
  const picture = other?.camera && !["voice", "text"].includes(other.rung);
  for (const line of all("[data-other]")) {
    line.hidden = !other || !{ muted: other.muted, slow: other.camera && !picture, off: !other.camera }[line.dataset.other];
  }
  one("[data-remote]").classList.toggle("call-dark", !picture);
  one("[data-own]").hidden = !camera;
}

function buttons() {
  const camera = Boolean(sender("video"));
  one("[data-do=mute]").hidden = call.muted;
  one("[data-do=unmute]").hidden = !call.muted;
  one("[data-do=camera-off]").hidden = !camera;
  one("[data-do=camera-on]").hidden = camera;
}

async function mute(muted) {
  call.muted = muted;
  await apply();
  buttons();
}

async function camera(on) {
  const mine = call;
  if (on) {
    const devices = await open(true);
    if (devices === null) return;
    for (const track of devices.getAudioTracks()) track.stop();
    const [track] = devices.getVideoTracks();
    if (call !== mine) return track.stop();
    mine.devices.addTrack(track);
    mine.ladder = begin();
    // A sender that was emptied is filled again; only the first camera of a call has to be negotiated.
    const empty = mine.peer.getTransceivers().find((line) => line.receiver.track.kind === "video" && !line.sender.track);
    if (empty && empty.direction.includes("send")) await empty.sender.replaceTrack(track);
    else mine.peer.addTrack(track, mine.devices);
    one("[data-own]").srcObject = mine.devices;
  } else {
    const { track } = sender("video");
    await sender("video").replaceTrack(null);
    track.stop();
    mine.devices.removeTrack(track);
  }
  await apply();
  buttons();
}

// The page ---------------------------------------------------------------------------------------------------------

const DO = {
  voice: () => start(false),
  video: () => start(true),
  "accept-voice": () => accept(false),
  "accept-video": () => accept(true),
  decline: () => end("idle"),
  cancel: () => end("idle"),
  mute: () => mute(true),
  unmute: () => mute(false),
  "camera-off": () => camera(false),
  "camera-on": () => camera(true),
  "hang-up": () => end("ended"),
};

async function heard({ detail: { stream, kind, data } }) {
  if (stream !== STREAM) return;
  if (kind === "meeting_ended") {
    end("ended", false);
    root.hidden = true;
  }
  if (kind !== "signalled" || data.what === "erased") return;
  const mine = data.by_student === STUDENT;
  if (data.what === "ring" && !mine) rung(data.call, data.data);
  else if (call === null || call.id !== data.call) {
    if (data.what === "bye") over.add(data.call);
  } else if (data.what === "accept") accepted(mine, data.data);
  else if (data.what === "bye") end(call.peer ? "ended" : mine ? "elsewhere" : call.mine ? "declined" : "missed", false);
  else if (!mine) await negotiate(data.what, data.data);
}

if (root) {
  const able = Boolean(navigator.mediaDevices && globalThis.RTCPeerConnection);
  root.hidden = false;
  root.addEventListener("click", ({ target }) => {
    const name = target.closest("[data-do]")?.dataset.do;
    if (name) DO[name]();
  });
  show(able ? "idle" : "unable", able ? "idle" : globalThis.isSecureContext ? "unable" : "insecure");
  if (able) document.body.addEventListener("fairs:event", heard);
  document.body.addEventListener("fairs:answer", ({ detail: { id, ok } }) => {
    if (!ok && id.startsWith(`${tab}-`)) end("lost", false);
  });
  globalThis.addEventListener("pagehide", () => end("ended"));
}
