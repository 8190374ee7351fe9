"""What every page is held to in a browser. Each check returns what is wrong; nothing is well."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Runs before a page's own scripts: notes what the policy refused and what moved by itself.
WATCHER = """
window.refused = [];
addEventListener('securitypolicyviolation',
  event => refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
window.shifts = [];
new PerformanceObserver(list => {
  for (const one of list.getEntries()) {
    if (!one.hadRecentInput) shifts.push([one.value, one.sources.map(each => {
      const node = each.node?.nodeType === 1 ? each.node : each.node?.parentElement;
      return node ? `${node.tagName}.${node.getAttribute('class')}` : '?';
    }).join(' ')]);
  }
}).observe({type: 'layout-shift', buffered: true});
"""

_SPILT = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  return [...document.body.querySelectorAll('*')]
    .filter(one => {
      const box = one.getBoundingClientRect();
      return box.right > wide + 1 || box.left < -1;
    })
    .map(one => `${one.tagName}.${one.getAttribute('class')}`).slice(0, 8);
}"""

_AXE = """async tags => {
  const found = await axe.run(document, {
    runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'],
  });
  return found.violations.flatMap(rule => rule.nodes.slice(0, 4).map(node =>
    `${rule.id}: ${node.html.slice(0, 160)} (${node.any.concat(node.all, node.none)
      .map(one => one.message).join('; ').slice(0, 200)})`));
}"""

# Links within a sentence may be as low as its lines.
_SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(one => {
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    if (!one.checkVisibility({visibilityProperty: true})) return false;
    if (style.display === 'inline') return false;
    if (one.closest('.vh, .skip, svg') || one.type === 'hidden') return false;
    const area = one.labels?.[0]?.getBoundingClientRect() ?? box;
    return Math.max(box.height, area.height) < 23.9 || Math.max(box.width, area.width) < 23.9;
  })
  .map(one => `${one.outerHTML.slice(0, 120)} ${Math.round(one.getBoundingClientRect().width)}` +
    `×${Math.round(one.getBoundingClientRect().height)}`).slice(0, 6)"""


@cache
def _source() -> str:
    return (ROOT / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")


def accessibility(page: Page) -> list[str]:
    """Return what axe finds wrong, rule by rule."""
    page.evaluate(_source())
    found: list[str] = page.evaluate(_AXE, TAGS)
    return found


def spilling(page: Page) -> list[str]:
    """Return what stands out of the page sideways; nothing if the page itself does not scroll."""
    spilt: list[str] = page.evaluate(_SPILT)
    return [f"spills: {one}" for one in spilt]


def small_targets(page: Page) -> list[str]:
    """Return what is too small to be hit: lower or narrower than 24 px."""
    small: list[str] = page.evaluate(_SMALL)
    return [f"too small: {one}" for one in small]


def refused(page: Page) -> list[str]:
    """Return what the Content-Security-Policy refused. Needs WATCHER."""
    found: list[Any] = page.evaluate("refused")
    return [f"refused: {one}" for one in found]


def shifts(page: Page) -> list[tuple[float, str]]:
    """Return by how much what moved since the page was opened. Needs WATCHER."""
    found: list[Any] = page.evaluate("shifts")
    return [(value, what) for value, what in found]
