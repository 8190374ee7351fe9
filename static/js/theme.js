// Runs before the first paint, so that a chosen theme does not flash. No module for that reason.
(() => {
  const root = document.documentElement;
  root.dataset.js = '';
  // What a member set comes with the page; a visitor's choice stays in the browser.
  let chosen = root.dataset.theme;
  if (chosen) root.dataset.member = '';
  else try { chosen = localStorage.getItem('theme'); } catch { /* storage is off: follow the system */ }
  const system = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => { root.dataset.theme = system.matches ? 'dark' : 'light'; };
  if (chosen === 'dark' || chosen === 'light') { root.dataset.theme = chosen; return; }
  follow();
  system.addEventListener('change', () => {
    try { if (!('member' in root.dataset) && localStorage.getItem('theme')) return; } catch { /* as above */ }
    follow();
  });
})();
