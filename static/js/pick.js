// Words selected in the transcript become the quote of a claim: the button leads to its form.
const script = document.querySelector('[data-words]');
const bar = document.querySelector('[data-pick]');

// Of each line only its words count, not its time.
const wordsIn = (line, range) => {
  const words = document.createRange();
  words.selectNodeContents(line.lastElementChild);
  if (words.compareBoundaryPoints(Range.START_TO_START, range) < 0) words.setStart(range.startContainer, range.startOffset);
  if (words.compareBoundaryPoints(Range.END_TO_END, range) > 0) words.setEnd(range.endContainer, range.endOffset);
  return words.toString().trim();
};

const picked = () => {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return [];
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(script)) return [];
  return [...script.children]
    .filter(line => range.intersectsNode(line.lastElementChild))
    .map(line => ({ start: line.dataset.start, words: wordsIn(line, range) }))
    .filter(line => line.words);
};

const show = () => {
  const lines = picked();
  bar.hidden = !lines.length;
  if (!lines.length) return;
  const words = lines.map(line => line.words).join(' ').replace(/\s+/g, ' ');
  const link = bar.querySelector('a');
  const address = new URL(link.href);
  address.searchParams.set('from', lines[0].start);
  address.searchParams.set('to', lines.at(-1).start);
  // More is cut by the form; an address has a limit.
  address.searchParams.set('words', words.slice(0, 1000));
  link.href = address;
  bar.querySelector('q').textContent = words.length > 60 ? `${words.slice(0, 60)}…` : words;
};

let waiting = 0;
if (script && bar) {
  document.addEventListener('selectionchange', () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  });
  show(); // this script is loaded at the first selection
  // Pressing the button must not take the selection away, and the button with it.
  bar.addEventListener('mousedown', event => event.preventDefault());
}
