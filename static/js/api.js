// Swagger UI has a dark look of its own, by a class: it follows the site's theme.
const root = document.documentElement;
const follow = () => root.classList.toggle('dark-mode', root.dataset.theme === 'dark');
new MutationObserver(follow).observe(root, { attributes: true, attributeFilter: ['data-theme'] });
follow();
