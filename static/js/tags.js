// Tags that exist are suggested while one is typed; of several with commas, for the last.
const PATIENCE_MS = 150;
const SHOWN = 8;
const COMMAS = /[,،，、]/; // as the server parts them

const suggest = (field, list) => {
  let timer;
  let asked;
  field.addEventListener('input', event => {
    clearTimeout(timer);
    const typed = field.dataset.tags === 'several' ? field.value.split(COMMAS).at(-1) : field.value;
    const comma = field.value.length - typed.length;
    const before = comma ? `${field.value.slice(0, comma)} ` : '';
    const prefix = field.value.slice(comma).trim();
    // A suggestion that was taken asks for no others.
    if (!prefix || event.inputType === 'insertReplacementText') return list.replaceChildren();
    timer = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      try {
        const address = `/api/v1/tags/?${new URLSearchParams({ prefix, page_size: SHOWN })}`;
        const answer = await fetch(address, { signal: asked.signal });
        if (!answer.ok) return;
        const { results } = await answer.json();
        const taken = new Set(before.split(COMMAS).map(name => name.trim().toLowerCase()));
        list.replaceChildren(...results.filter(tag => !taken.has(tag.name.toLowerCase())).map(tag => {
          const option = document.createElement('option');
          option.value = before + tag.name;
          option.label = tag.name;
          return option;
        }));
      } catch { /* without suggestions it is a plain field */ }
    }, PATIENCE_MS);
  });
  // Somebody was quicker than this script.
  if (field.value && field === document.activeElement) field.dispatchEvent(new Event('input'));
};

for (const field of document.querySelectorAll('input[data-tags]')) {
  if (field.list) suggest(field, field.list);
}
