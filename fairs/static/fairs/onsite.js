// Posters print on a button; a big screen says so when it has lost contact, and keeps the last figures with their time.
document.querySelector("[data-print]")?.addEventListener("click", () => print());

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
