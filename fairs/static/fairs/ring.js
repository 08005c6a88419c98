// The sound of an incoming call: two short tones every two seconds, made here, no file. Whoever does not want it turns it
// off, for this browser. A page that nobody has touched yet may not sound: then the line on the page has to do.
(() => {
  const KEPT = "fairs-ring";
  const EVERY = 2000;
  const TONES = [[660, 0], [880, 0.22]]; // Hz, and seconds after the ring began
  const LASTS = 0.18;
  const LOUD = 0.12;
  let context = null;
  let ringing = null;

  // Where the browser keeps nothing, the sound is on and the switch holds for this page.
  let off = false;
  try {
    off = localStorage.getItem(KEPT) === "off";
  } catch { /* nothing is kept here */ }

  const keep = (wanted) => {
    off = !wanted;
    try {
      localStorage.setItem(KEPT, wanted ? "on" : "off");
    } catch { /* nothing is kept here */ }
  };

  const sound = () => {
    for (const [pitch, after] of TONES) {
      const begins = context.currentTime + after;
      const tone = new OscillatorNode(context, { type: "sine", frequency: pitch });
      const loud = new GainNode(context, { gain: 0 });
      loud.gain.setTargetAtTime(LOUD, begins, 0.01);
      loud.gain.setTargetAtTime(0, begins + LASTS - 0.06, 0.015);
      tone.connect(loud).connect(context.destination);
      tone.start(begins);
      tone.stop(begins + LASTS);
    }
  };

  const stop = () => {
    clearInterval(ringing);
    ringing = null;
    context?.close();
    context = null;
  };

  const start = () => {
    if (ringing !== null || off || typeof AudioContext === "undefined") return;
    context = new AudioContext();
    sound();
    // A page that may not sound yet tries again, and lets no tones pile up.
    ringing = setInterval(() => (context.state === "running" ? sound() : context.resume().catch(() => {})), EVERY);
  };

  globalThis.fairsRing = { start, stop, get state() { return context?.state ?? "silent"; } };

  const box = globalThis.document?.querySelector("[data-ring]");
  if (!box) return;
  box.checked = !off;
  box.addEventListener("change", () => {
    keep(box.checked);
    if (!box.checked) stop();
  });
})();
