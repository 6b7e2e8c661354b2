// Keeps a page up to date while somebody looks at it (README.md, "Live"). Every page is whole without it.
//
// <main data-live="…">    the stream to listen to, as long as the page is in sight
// data-again="seconds"    it is looked at again after so long, where no stream tells of what it waits for
// data-seen="tag tag"     the states that it shows: it is shown anew when it hears of another one
// data-part               what is put in place of the old then: <main> itself, or a part with an id
// data-places="offering"  how many places are left there; with data-standing its part depends on it
// data-news="…"           is read out to whoever listens to the page, where it is new

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60000;
const PATIENCE_MS = 15000;
const SPREAD_MS = 5000; // Not everybody asks for a page at once when the last place is gone.

const news = document.getElementById("news");
let stream;
let timer;
let pauseMs = FIRST_PAUSE_MS;
const asked = new Set(); // Each state has the page shown anew once, whatever comes of it.

const main = () => document.getElementById("main");

function listen() {
  hangUp();
  const address = main().dataset.live;
  if (!address || document.hidden) return;
  stream = new EventSource(address);
  timer = setTimeout(() => comeBack(true), PATIENCE_MS);
  stream.onopen = () => {
    clearTimeout(timer);
    pauseMs = FIRST_PAUSE_MS;
  };
  stream.onerror = () => comeBack(stream.readyState === EventSource.CLOSED);
  stream.addEventListener("places", (event) => showPlaces(JSON.parse(event.data)));
  stream.addEventListener("seen", (event) => {
    const seen = (main().dataset.seen ?? "").split(" ");
    if (seen.includes(event.data) || asked.has(event.data)) return;
    asked.add(event.data);
    showAnew();
  });
}

function hangUp() {
  clearTimeout(timer);
  stream?.close();
  stream = undefined;
}

// Refused or broken off: wait longer each time. What is personal is looked at meanwhile, as without script.
function comeBack(isRefused) {
  hangUp();
  timer = setTimeout(async () => {
    if (isRefused && main().dataset.seen) await showAnew();
    listen();
  }, pauseMs * (0.75 + Math.random() / 2));
  pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
}

function showPlaces({ id, tone, text, standing }) {
  for (const state of document.querySelectorAll(`[data-places="${id}"]`)) {
    const before = state.dataset.standing;
    if (before && state.textContent !== text) news.textContent = text;
    state.textContent = text;
    state.className = tone ? `state state--${tone}` : "state";
    if (before && before !== standing) {
      state.dataset.standing = standing;
      setTimeout(showAnew, Math.random() * SPREAD_MS);
    }
  }
}

async function showAnew() {
  const answer = await fetch(location.href, { cache: "no-cache" }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return; // It stays as it was.
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = said();
  const address = main().dataset.live;
  const focus = document.activeElement?.getAttribute("href");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceWith(document.adoptNode(fresh));
  }
  if (focus && document.activeElement === document.body) {
    main().querySelector(`[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }
  document.title = page.title;
  const changed = said().filter((each) => !before.includes(each));
  if (changed.length) news.textContent = changed.join(". ");
  if (main().dataset.live !== address) listen();
}

function lookAgain() {
  const { again } = main().dataset;
  if (!again) return;
  setTimeout(async () => {
    if (!document.hidden) await showAnew();
    lookAgain();
  }, again * 1000);
}

const said = () => [...document.querySelectorAll("[data-news]")].map((each) => each.dataset.news);

document.addEventListener("visibilitychange", listen);
addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => event.persisted && listen());
listen();
lookAgain();
