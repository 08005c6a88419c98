// The time that is left of a meeting, second by second; at the moments the page warns of, its live part is read afresh.
const WARN_AT = [120, 30, 0];
let before = null;

setInterval(() => {
  const shown = document.querySelector("[data-timer]");
  if (!shown) return;
  // The clock of the server counts: how far this one is off is seen each time the part comes from there.
  shown.offset ??= Date.now() - Date.parse(shown.dataset.now);
  const left = Math.ceil((Date.parse(shown.dataset.timer) - Date.now() + shown.offset) / 1000);
  const seconds = Math.max(left, 0);
  shown.querySelector("[data-left]").hidden = left <= 0;
  shown.querySelector("strong").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (before !== null && WARN_AT.some((moment) => before > moment && left <= moment)) {
    document.body.dispatchEvent(new CustomEvent("fairs:changed"));
  }
  before = left;
}, 1000);
