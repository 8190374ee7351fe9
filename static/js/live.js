// What happens on this page meanwhile. It announces itself and waits: nothing moves by itself.
const root = document.querySelector('[data-live-root]');
const show = root?.querySelector('[data-live-show]');

const AGAIN = 60000; // between two renewals of a ticket
const PATIENCE = 3; // how often a service that was heard may fail before we ask instead
const OPENS = 10000; // how long it may take to answer: a browser lets the seventh page of a site wait for ever
const CALM = 1000; // between two announcements, however much happens
const [SHORTEST, LONGEST] = [15000, 60000]; // between two questions, where the service does not answer

// How this page calls itself, by chance: however it listens, it is counted once.
const mine = [...crypto.getRandomValues(new Uint8Array(8))].map(byte => byte.toString(16).padStart(2, '0')).join('');
let last = root?.dataset.since;
let ticket = root?.dataset.ticket;

// --- What is announced ---

const claims = new Map(); // of each, when something happened to it last
let gapAt = 0; // more happened then than is told one by one
let saidAt = 0;
let saying;
const when = id => Number(String(id).split('-')[0]);
// The server gives every form that the language of the page has; which one, the browser knows.
const rules = new Intl.PluralRules(document.documentElement.lang);
const inWords = (name, number) => {
  const form = rules.select(number);
  return root.dataset[name + form[0].toUpperCase() + form.slice(1)].replace('{n}', number);
};

const say = () => {
  saying = undefined;
  saidAt = Date.now();
  const words = gapAt ? root.dataset.gap : claims.size ? inWords('news', claims.size) : '';
  // A screen reader says what changes here, so it changes only if it does.
  if (words && show.textContent !== words) show.textContent = words;
  show.hidden = !words;
};

// The first is told at once, what follows within a second: a hundred a second are one line.
const announce = (news, id) => {
  if (news.gap) gapAt = when(id);
  for (const claim of news.claims) claims.set(claim, when(id));
  if (news.gap || news.claims.length) saying ??= setTimeout(say, Math.max(0, saidAt + CALM - Date.now()));
};

// What came while the page was asked for again may not be in it, and waits on.
let isRenewing = false;
const renew = async () => {
  if (isRenewing) return;
  isRenewing = true;
  const since = await (await import('./renew.js')).renew(show);
  isRenewing = false;
  if (!since) return;
  if (gapAt <= when(since)) gapAt = 0;
  for (const [claim, at] of claims) if (at <= when(since)) claims.delete(claim);
  say();
};

// --- Who is here ---

let namesOthers = false;
const tellWhoIsHere = async ({ count, named }) => {
  root.querySelector('[data-live-here]').textContent = count > 1 ? inWords('here', count) : '';
  // Where nobody is named, nothing more is loaded.
  if (!named && !namesOthers) return;
  namesOthers = true;
  (await import('./here.js')).tell(named);
};
const NOBODY = { count: 0, named: 0 };

// A ticket holds for some minutes: who has signed out meanwhile gets another as a visitor, and
// who may not read the page any more gets none. Return whether there is a fresh one.
let renewedAt = 0;
const renewTicket = async () => {
  if (Date.now() - renewedAt < AGAIN) return false;
  renewedAt = Date.now();
  try {
    const fresh = (await (await import('./here.js')).fetchHere()).dataset.ticket;
    if (!fresh) { end(); return false; }
    ticket = fresh;
    return true;
  } catch { return false; } // the next question may be answered
};

// --- Listening ---

let source = null; // what is listened to, or tried
let isHeard = false;
let isOver = false; // nobody may read the page any more, this reader at least
let failures = PATIENCE - 1;

const listen = before => {
  const address = new URL(root.dataset.url);
  address.searchParams.set('since', last);
  address.searchParams.set('window', mine);
  address.searchParams.set('ticket', ticket);
  const one = source = new EventSource(address);
  const fail = () => {
    before?.close();
    one.close();
    clearTimeout(opening);
    if (one !== source) return;
    source = null;
    isHeard = false;
    failures = PATIENCE - 1;
    // Whoever asks already tries again at the next question.
    if (asking === undefined && !isOver) askSoon();
  };
  let opening = setTimeout(fail, OPENS);
  one.addEventListener('open', () => {
    clearTimeout(opening);
    failures = 0;
    isHeard = true;
    before?.close();
    stopAsking();
  });
  one.addEventListener('message', event => { last = event.lastEventId; announce(JSON.parse(event.data), last); });
  one.addEventListener('here', event => { if (one === source) tellWhoIsHere(JSON.parse(event.data)); });
  // The old answer is heard until the new one has begun, so that nobody seems to leave and come.
  one.addEventListener('stale', async () => { if (one === source && await renewTicket() && one === source) listen(one); });
  one.addEventListener('error', () => {
    if (one === source) isHeard = false;
    failures += 1;
    clearTimeout(opening);
    if (failures >= PATIENCE || one.readyState === EventSource.CLOSED) fail();
    else opening = setTimeout(fail, OPENS);
  });
};

// --- Asking, where the service does not answer ---

let pause = SHORTEST;
let asking; // the timer of the next question, while we ask
let told = ''; // the answer that we have
let isNoted = false;

const askSoon = (after = 0) => {
  clearTimeout(asking);
  asking = setTimeout(ask, after);
};

const take = answer => {
  const isNews = answer.gap || answer.claims.length > 0;
  last = answer.last;
  announce(answer, last);
  if (!answer.stale) tellWhoIsHere(answer.here ?? NOBODY);
  return isNews;
};

const ask = async () => {
  // Nobody looks at a hidden page: it asks when it is seen again.
  if (document.hidden) return;
  const headers = { 'X-Ticket': ticket, 'X-Window': mine };
  if (told) headers['If-None-Match'] = told;
  const address = new URL(root.dataset.asks, location.href);
  address.searchParams.set('since', last);
  let isAskedAgain = false;
  try {
    const answer = await fetch(address, { headers });
    if (answer.status === 404) { end(); return; }
    if (answer.ok) {
      told = answer.headers.get('ETag') ?? '';
      const found = await answer.json();
      isNoted = Boolean(found.here);
      if (take(found)) pause = SHORTEST;
      isAskedAgain = found.stale && await renewTicket();
    }
  } catch {
    // What cannot be known is not shown.
    tellWhoIsHere(NOBODY);
  }
  if (isHeard || isOver) { stopAsking(); return; }
  // Not all pages at once, when a service has gone that they all listened to.
  askSoon(isAskedAgain ? 0 : pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 1.5, LONGEST);
  if (root.dataset.url && !source) listen();
};

const leave = () => {
  if (isNoted) navigator.sendBeacon(root.dataset.leaves, new URLSearchParams({ ticket, window: mine }));
  isNoted = false;
  told = '';
};
const stopAsking = () => {
  clearTimeout(asking);
  asking = undefined;
  pause = SHORTEST;
  leave();
};

// --- The page's life ---

const end = () => {
  isOver = true;
  source?.close();
  source = null;
  isHeard = false;
  stopAsking();
  tellWhoIsHere(NOBODY);
};
const begin = () => { if (root.dataset.url && 'EventSource' in window) listen(); else askSoon(); };

if (root) {
  show.addEventListener('click', renew);
  begin();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || asking === undefined || isOver) return;
    pause = SHORTEST;
    askSoon();
  });
  // A page in the browser's cache listens no more, and listens again when it is taken back.
  addEventListener('pagehide', () => {
    source?.close();
    source = null;
    isHeard = false;
    stopAsking();
  });
  addEventListener('pageshow', event => { if (event.persisted && !isOver) begin(); });
}
