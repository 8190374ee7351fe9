// The page of imports: what is dropped or pasted anywhere on it, told before it is sent, and sent
// with a bar. Without this script the form does the same, with its own button.
const language = document.documentElement.lang || 'en';
const inUnit = unit => new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 });
const megabytes = inUnit('megabyte');
const kilobytes = inUnit('kilobyte');
const whole = new Intl.NumberFormat(language);
const size = bytes => (bytes < 1e6 ? kilobytes.format(Math.ceil(bytes / 1e3)) : megabytes.format(bytes / 1e6));
const isHidden = name => name.startsWith('.');
const keyOf = file => `${file.name} ${file.size} ${file.lastModified}`;
const part = name => document.querySelector(`[data-${name}]`);

let form;
let shown = location.pathname;
let chosen = [];
const most = name => Number(form.dataset[name]);

// --- What is chosen ---

const isOver = () => chosen.length > most('filesMax') || total() > most('bytesMax');
const total = () => chosen.reduce((sum, file) => sum + file.size, 0);

function add(files) {
  const known = new Set(chosen.map(keyOf));
  chosen.push(...files.filter(file => !isHidden(file.name) && !known.has(keyOf(file))));
  keep();
}

function keep() {
  // The field itself holds them, so that the form is sent as it is.
  const box = new DataTransfer();
  for (const file of chosen) box.items.add(file);
  form.querySelector('input[type="file"]').files = box.files;
  show();
}

function line(file, number) {
  const row = part('line').content.cloneNode(true);
  const button = row.querySelector('[data-leave]');
  row.querySelector('[data-name]').textContent = file.name;
  row.querySelector('[data-size]').textContent = size(file.size);
  row.querySelector('[data-bad]').hidden = file.size <= most('bytesMax');
  button.setAttribute('aria-label', button.dataset.leave.replace('{name}', () => file.name));
  button.addEventListener('click', () => {
    chosen.splice(number, 1);
    keep();
    // The focus stays where it was: on the next one, else on the field.
    const others = part('chosen').querySelectorAll('button');
    (others[Math.min(number, others.length - 1)] ?? form.querySelector('input[type="file"]')).focus();
  });
  return row;
}

function show() {
  part('chosen').replaceChildren(...chosen.map(line));
  part('chosen').hidden = part('room').hidden = !chosen.length;
  part('files').textContent = whole.format(chosen.length);
  part('files-most').textContent = `/ ${whole.format(most('filesMax'))}`;
  part('bytes').textContent = size(total());
  part('bytes-most').textContent = `/ ${size(most('bytesMax'))}`;
  part('over').hidden = !isOver();
}

const say = text => { form.querySelector('[data-says]').textContent = text; };

// --- Dropping ---

async function walk(entry, found) {
  if (isHidden(entry.name) || found.length > most('filesMax')) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
    const folder = entry.fullPath.split('/').slice(1, -1).join('-');
    found.push({ file, folder });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A folder tells a hundred at a time.
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) return;
    for (const one of some) await walk(one, found);
  }
}

// An upload has no folders: two files of one name are told apart by theirs, and whatever lies
// beside them has it too, for subtitles go by the name of their record.
function apart(found) {
  const times = new Map();
  for (const { file } of found) times.set(file.name, (times.get(file.name) ?? 0) + 1);
  const mixed = new Set(found.filter(({ file }) => times.get(file.name) > 1).map(({ folder }) => folder));
  return found.map(({ file, folder }) => (folder && mixed.has(folder)
    ? new File([file], `${folder}-${file.name}`, { type: file.type, lastModified: file.lastModified })
    : file));
}

async function filesIn(dropped) {
  const plain = [...dropped.files];
  // What is dropped can be read only now; its folders can be walked later.
  const entries = [...dropped.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some(entry => entry.isDirectory)) return plain;
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return apart(found);
}

const carries = (event, kind) => [...event.dataTransfer?.types ?? []].includes(kind);
const isOurs = event => carries(event, 'Files')
  || (carries(event, 'text/uri-list') && !event.target.closest?.('input, textarea'));

document.addEventListener('dragover', event => {
  if (!form?.isConnected || !isOurs(event)) return;
  event.preventDefault();
  part('drop').toggleAttribute('data-is-over', carries(event, 'Files'));
});
document.addEventListener('dragleave', event => {
  if (!event.relatedTarget) part('drop')?.removeAttribute('data-is-over');
});
document.addEventListener('drop', async event => {
  if (!form?.isConnected || !isOurs(event)) return;
  event.preventDefault();
  part('drop').removeAttribute('data-is-over');
  if (!carries(event, 'Files')) { take(event.dataTransfer.getData('text/uri-list')); return; }
  let files = [];
  try { files = await filesIn(event.dataTransfer); } catch { /* a folder that cannot be read holds nothing for us */ }
  add(files);
  say(files.length ? form.dataset.added : form.dataset.empty);
});

// --- Pasting ---

function take(text) {
  const words = text.trim();
  if (!words) return;
  const ending = words.startsWith('---') ? 'md' : /^[{[]/.test(words) ? 'jsonl' : '';
  if (ending) {
    add([new File([words], `pasted-${chosen.length + 1}.${ending}`, { type: 'text/plain' })]);
    say(form.dataset.added);
    return;
  }
  const field = document.querySelector('textarea[name="addresses"]');
  field.value = [field.value.trim(), words].filter(Boolean).join('\n');
  field.focus();
  say(form.dataset.pasted);
}

document.addEventListener('paste', event => {
  if (!form?.isConnected) return;
  if (event.clipboardData.files.length) {
    event.preventDefault();
    add([...event.clipboardData.files]);
    say(form.dataset.added);
  } else if (!event.target.closest?.('input, textarea, [contenteditable]')) {
    event.preventDefault();
    take(event.clipboardData.getData('text/plain'));
  }
});

// --- Sending ---

function stage(name) {
  for (const one of part('sending').querySelectorAll('[data-stage]')) one.hidden = one.dataset.stage !== name;
  part('sending').hidden = false;
}

function tell(sent, all) {
  part('bar').value = all ? sent / all : 0;
  part('sent').textContent = `${size(sent)} / ${size(all)}`;
}

function send() {
  const button = form.querySelector('button[type="submit"]');
  const request = new XMLHttpRequest();
  request.open('POST', form.action);
  request.responseType = 'document';
  request.upload.addEventListener('progress', event => { tell(event.loaded, event.total); });
  request.upload.addEventListener('load', () => { part('bar').removeAttribute('value'); stage('storing'); });
  request.addEventListener('error', () => {
    part('bar').value = 0;
    stage('broken');
    button.disabled = false;
  });
  request.addEventListener('load', () => { turn(request.response, request.responseURL); });
  button.disabled = true;
  stage('sending');
  tell(0, total());
  request.send(new FormData(form));
}

// The answer is a page of the ledger, or of signing in again. Its message was for this answer only.
function turn(page, address) {
  const fresh = page?.querySelector('main');
  if (!fresh || !new URL(address).pathname.startsWith(new URL(form.action).pathname)) {
    location.assign(address);
    return;
  }
  document.querySelector('.messages')?.remove();
  const main = document.querySelector('main');
  const told = page.querySelector('.messages');
  if (told) main.before(document.adoptNode(told));
  main.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  history.pushState(null, '', address);
  shown = location.pathname;
  begin();
  scrollTo(0, 0);
  fresh.focus({ preventScroll: true });
}

// Back from an answer to the form; not from one heading of a page to another.
addEventListener('popstate', () => { if (location.pathname !== shown) location.reload(); });

function begin() {
  form = document.querySelector('form[data-upload]');
  chosen = [];
  if (!form) return;
  const field = form.querySelector('input[type="file"]');
  for (const one of form.querySelectorAll('[data-scripted]')) one.hidden = false;
  field.addEventListener('change', () => { add([...field.files]); });
  form.addEventListener('submit', event => {
    event.preventDefault();
    if (isOver()) part('over').scrollIntoView({ block: 'nearest' });
    else if (!form.querySelector('button[type="submit"]').disabled) send();
  });
  // Coming back, a browser remembers what was chosen.
  add([...field.files]);
}

begin();
