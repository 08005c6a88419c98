// Posters print on a button; the map takes lines from the hall's digest; a big screen that has lost contact says so, and keeps
// the last figures with their time.
document.querySelector("[data-print]")?.addEventListener("click", () => print());

// In place, without asking the server: hundreds look at the map, and the digest comes every two seconds.
document.body.addEventListener("fairs:event", ({ detail }) => {
  for (const [booth, waiting] of detail.kind === "hall_digest" ? detail.data.booths : []) {
    const shown = document.querySelector(`[data-waiting="${booth}"]`);
    if (shown) shown.textContent = waiting;
  }
});

const lost = document.getElementById("lost");
if (lost) {
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // A page of refusal must not stand where the figures were.
    if (detail.xhr.status >= 400 || !detail.xhr.responseText.includes("data-at")) detail.shouldSwap = false;
  });
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    const fresh = detail.successful && detail.xhr.responseText.includes("data-at");
    const at = document.querySelector("[data-at]")?.dataset.at ?? "";
    lost.textContent = fresh ? "" : lost.dataset.text.replace("{time}", at);
    lost.hidden = fresh;
  });
}
