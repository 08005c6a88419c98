// What somebody writes goes out in order, one after another, and nothing of it is lost: while the server is slow the next
// may be typed and sent, and what could not be sent comes back into the field, before whatever was typed since.
const form = document.querySelector("form[data-outbox]");
const box = document.getElementById("outbox");

if (form) {
  const field = form.elements.text;
  const [alert, list] = box.children;
  const waiting = [];
  let sending = false;
  let composing = false;

  const line = (text, state) => {
    const item = document.createElement("li");
    item.className = "talk-line talk-own";
    const [told, words] = ["p", "p"].map((name) => item.appendChild(document.createElement(name)));
    told.className = "item-meta";
    told.textContent = state;
    words.innerText = text;
    list.append(item);
    box.hidden = false;
    return item;
  };

  const say = (sentence) => {
    alert.textContent = sentence;
    box.hidden = !sentence && !list.children.length;
  };

  // Whether the server took it; a refusal says its own sentence in a toast.
  const taken = (text) => new Promise((done) => {
    for (const name of ["htmx:afterRequest", "htmx:onLoadError"]) {
      box.addEventListener(name, ({ detail }) => done(detail.successful === true), { once: true });
    }
    const values = { ...Object.fromEntries(new FormData(form)), text };
    const asked = { source: box, target: form.dataset.outbox, swap: "innerHTML", values };
    htmx.ajax("POST", form.action, asked).then(() => done(false), () => done(false));
  });

  const giveBack = async () => {
    // Whoever types Chinese has begun a word that a change of the field would break.
    if (composing) await new Promise((done) => field.addEventListener("compositionend", done, { once: true }));
    const unsent = waiting.splice(0);
    // The talk is over and its form gone: what was written stays in sight.
    if (!form.isConnected) {
      for (const { item } of unsent) item.firstChild.textContent = "";
      return say(box.dataset.gone);
    }
    for (const { item } of unsent) item.remove();
    const typed = field.value ? "\n" : "";
    field.setRangeText(unsent.map(({ text }) => text).join("\n") + typed, 0, 0, "preserve");
    say(box.dataset.back);
  };

  const send = async () => {
    if (sending) return;
    sending = true;
    while (waiting.length) {
      if (await taken(waiting[0].text)) {
        waiting.shift().item.remove();
        say("");
      } else await giveBack();
    }
    sending = false;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    if (!text.trim()) return;
    field.value = "";
    say("");
    waiting.push({ text, item: line(text, box.dataset.sending) });
    send();
  });
  field.addEventListener("compositionstart", () => { composing = true; });
  field.addEventListener("compositionend", () => { composing = false; });
  // Signed out: the answer is another page, and not the talk.
  box.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.responseURL !== form.action) event.preventDefault();
  });
  // The talk ended while somebody wrote: what stands in the field goes with the form, and is shown instead.
  form.addEventListener("htmx:oobBeforeSwap", () => {
    if (!field.value.trim()) return;
    line(field.value, "");
    say(box.dataset.gone);
  });
  addEventListener("beforeunload", (event) => {
    if (waiting.length) event.preventDefault();
  });
}
