// Keeps the scanner's page usable without network: the network first, within three seconds, else the copy of last time.
const CACHE = "fairs-scan";
const PATIENCE = 3000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const fresh = async (request) => {
  const answer = await fetch(request);
  // A page that sends to the sign-in page must not replace the scanner.
  if (answer.ok && !answer.redirected) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
};

const answer = async (request) => {
  const kept = await caches.match(request, { ignoreVary: true });
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([fresh(request).catch(() => kept), late]);
};

self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});
