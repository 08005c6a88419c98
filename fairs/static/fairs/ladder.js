// The ladder of a call: how much is sent over this connection, from a large picture down to text alone, and back up.
// Pure: a state and a sample in, the next state out; call.js measures, applies and says it in words.
(() => {
  // What each rung needs, in kbit/s, and how high the picture is that it sends (0: none).
  const RUNGS = [
    { name: "high", needs: 1200, height: 720, most: 1500 },
    { name: "medium", needs: 400, height: 360, most: 600 },
    { name: "low", needs: 130, height: 180, most: 200 },
    { name: "voice", needs: 30, height: 0, most: 0 },
    { name: "text", needs: 0, height: 0, most: 0 },
  ];
  const NAMES = RUNGS.map((rung) => rung.name);
  const DOWN_AFTER = 2; // bad samples in a row
  const UP_AFTER = 5; // good ones, doubled after each fall back soon after a climb
  const MOST_PATIENCE = 40;
  const ROOM = 1.25; // what is free must exceed the next rung's need by this

  const begin = (rung = "medium") => ({ rung, bad: 0, good: 0, patience: UP_AFTER, since: 0 });

  // sample: loss 0..1, rtt in ms, kbps free to send or null where the browser cannot say.
  const verdict = (sample, at) => {
    const { loss = 0, rtt = 0, kbps = null } = sample;
    const starved = kbps !== null && kbps < 0.7 * RUNGS[at].needs;
    if (starved || loss > 0.1 || rtt > 1200) return "bad";
    const next = RUNGS[at - 1];
    const room = kbps === null || next === undefined || kbps >= ROOM * next.needs || RUNGS[at].height === 0;
    return loss < 0.03 && rtt < 500 && room ? "good" : "fair";
  };

  // The first rung below that what is free would carry; heavy loss with nothing known goes one rung at a time.
  const below = (at, kbps) => {
    let to = Math.min(at + 1, RUNGS.length - 1);
    while (kbps !== null && to < RUNGS.length - 2 && kbps < RUNGS[to].needs) to += 1;
    return to;
  };

  const step = (state, sample) => {
    const at = NAMES.indexOf(state.rung);
    const seen = verdict(sample, at);
    const bad = seen === "bad" ? state.bad + 1 : 0;
    const good = seen === "good" ? state.good + 1 : 0;
    const since = state.since + 1;
    if (bad >= DOWN_AFTER && at < RUNGS.length - 1) {
      // Fallen again soon after a climb: the next climb waits longer, so that the picture does not come and go.
      const soon = state.climbed && since <= 2 * UP_AFTER;
      const patience = soon ? Math.min(2 * state.patience, MOST_PATIENCE) : state.patience;
      return { rung: NAMES[below(at, sample.kbps ?? null)], bad: 0, good: 0, patience, since: 0, climbed: false };
    }
    if (good >= state.patience && at > 0) {
      return { rung: NAMES[at - 1], bad: 0, good: 0, patience: state.patience, since: 0, climbed: true };
    }
    // Steady for long: past troubles are forgotten.
    const patience = since > 3 * MOST_PATIENCE ? UP_AFTER : state.patience;
    return { ...state, bad, good, since, patience };
  };

  globalThis.fairsLadder = { RUNGS, begin, step };
})();
