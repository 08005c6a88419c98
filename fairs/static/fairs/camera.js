// Before the fair: does the camera give a picture, the microphone a sound, and does a call come about? Says in words
// what is wrong, and tells the server once all worked. The trial call goes from this page to itself.
const root = document.getElementById("camera");
const TRIAL = 10000;
const HEARD = 4; // of 100
const byId = (id) => document.getElementById(id);
let stream = null;
let run = 0;
let listening = null;

function wrong(name) {
  for (const line of root.querySelectorAll("[data-wrong]")) line.hidden = line.dataset.wrong !== name;
}

function found(name, works) {
  const line = root.querySelector(`[data-check=${name}]`);
  line.dataset.state = works ? "works" : "fails";
  line.textContent = works ? line.dataset.works : line.dataset.fails;
}

async function open() {
  const picked = (id) => (byId(id).value ? { deviceId: { exact: byId(id).value } } : true);
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: picked("microphones"), video: picked("cameras") });
  } catch (error) {
    const why = { NotAllowedError: "denied", NotReadableError: "in-use" };
    wrong(why[error.name] ?? "no-device");
    return null;
  }
}

async function list() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  for (const [id, kind] of [["cameras", "videoinput"], ["microphones", "audioinput"]]) {
    const used = stream.getTracks().find((track) => track.kind === kind.slice(0, 5)).getSettings().deviceId;
    const options = devices.filter((device) => device.kind === kind);
    byId(id).replaceChildren(...options.map(({ deviceId, label }) => new Option(label, deviceId, false, deviceId === used)));
  }
}

// The microphone's level, ten times a second; heard once it passed the noise of a quiet room.
function listen(mine) {
  const context = new AudioContext();
  const ear = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(ear);
  const samples = new Float32Array(ear.fftSize);
  return new Promise((heard) => {
    const timer = setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      const level = Math.min(100, 400 * Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length));
      byId("level").value = level;
      if (level >= HEARD && mine === run) {
        found("sound", true);
        heard(true);
      }
    }, 100);
    listening = () => {
      clearInterval(timer);
      context.close();
      heard(false);
    };
  });
}

// Two ends in one page; relayed: through the relay alone.
async function loop(servers, relayed) {
  const settings = { iceServers: servers, iceTransportPolicy: relayed ? "relay" : "all" };
  const [here, there] = [new RTCPeerConnection(settings), new RTCPeerConnection(settings)];
  here.onicecandidate = ({ candidate }) => candidate && there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => candidate && here.addIceCandidate(candidate);
  for (const track of stream.getTracks()) here.addTrack(track, stream);
  const arrived = new Promise((resolve) => {
    const screen = document.createElement("video");
    screen.muted = true;
    there.ontrack = ({ track, streams }) => {
      if (track.kind !== "video") return;
      screen.srcObject = streams[0];
      screen.play();
    };
    screen.onloadeddata = () => resolve(true);
    setTimeout(() => resolve(false), TRIAL);
  });
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  const works = await arrived;
  here.close();
  there.close();
  return works;
}

async function relayed() {
  const answer = await fetch(root.dataset.relay);
  return answer.ok && loop((await answer.json()).servers, true);
}

async function check() {
  const mine = (run += 1);
  const isNew = () => mine === run;
  listening?.();
  for (const track of stream?.getTracks() ?? []) track.stop();
  wrong("");
  byId("passed").querySelector("p").hidden = true;
  stream = await open();
  byId("devices").hidden = stream === null;
  if (stream === null) return;
  await list();
  const own = byId("own");
  own.srcObject = stream;
  const seen = new Promise((resolve) => {
    own.onloadeddata = () => resolve(own.videoWidth > 0);
  });
  const trials = [["picture", seen], ["sound", listen(mine)], ["loop", loop([], false)]];
  if (root.dataset.relay) trials.push(["relay", relayed()]);
  const results = await Promise.all(
    trials.map(async ([name, trial]) => {
      const works = await trial.catch(() => false);
      if (isNew()) found(name, works);
      return works;
    }),
  );
  if (isNew() && results.every(Boolean)) await pass();
}

async function pass() {
  const form = byId("passed");
  const answer = await fetch(location.href, { method: "POST", body: new FormData(form) });
  form.querySelector("p").hidden = !answer.ok;
}

root.hidden = false;
if (navigator.mediaDevices && globalThis.RTCPeerConnection) {
  byId("start").addEventListener("click", check);
  byId("cameras").addEventListener("change", check);
  byId("microphones").addEventListener("change", check);
} else {
  byId("start").disabled = true;
  wrong(globalThis.isSecureContext ? "unable" : "insecure");
}
