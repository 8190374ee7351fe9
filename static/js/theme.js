// Runs before the first paint, so that a chosen theme does not flash. No module for that reason.
(() => {
  const root = document.documentElement;
  root.dataset.js = '';
  let chosen = null;
  try { chosen = localStorage.getItem('theme'); } catch { /* storage is off: follow the system */ }
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'dark' : 'light';
  if (!chosen) matchMedia('(prefers-color-scheme: dark)').addEventListener('change', event => {
    try { if (localStorage.getItem('theme')) return; } catch { /* as above */ }
    root.dataset.theme = event.matches ? 'dark' : 'light';
  });
})();
