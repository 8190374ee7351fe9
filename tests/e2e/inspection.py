"""What every page is held to in a browser. Each check returns what is wrong; nothing is well."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]

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

_AXE = """async ([within, type, values]) => {
  const found = await axe.run(within, {
    runOnly: {type, values}, resultTypes: ['violations'],
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
    // What Django's administration and Swagger UI bring along is theirs.
    if (one.closest('#header, #toggle-nav-sidebar, #nav-sidebar, .swagger-ui')) return false;
    const area = one.labels?.[0]?.getBoundingClientRect() ?? box;
    return Math.max(box.height, area.height) < 23.9 || Math.max(box.width, area.width) < 23.9;
  })
  .map(one => `${one.outerHTML.slice(0, 120)} ${Math.round(one.getBoundingClientRect().width)}` +
    `×${Math.round(one.getBoundingClientRect().height)}`).slice(0, 6)"""


# What Tab has to reach: of radio buttons one for each group, nothing in what is closed.
_TABBED = """() => {
  const groups = new Set();
  window.tabbed = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, video[controls], [tabindex]')]
    .filter(one => {
      if (one.tabIndex < 0 || one.disabled || one.type === 'hidden') return false;
      if (!one.checkVisibility({visibilityProperty: true}) || one.closest('[inert]')) return false;
      if (one.type !== 'radio') return true;
      const group = `${one.form?.action} ${one.name}`;
      if (groups.has(group)) return false;
      groups.add(group);
      return true;
    });
  window.looks = one => {
    const found = [];
    for (let each = one; each && found.length < 5; each = each.parentElement) {
      const {boxShadow, outline, opacity, stroke, strokeWidth} = getComputedStyle(each);
      found.push([boxShadow, outline, opacity, stroke, strokeWidth]);
    }
    for (const shape of one.querySelectorAll('svg *, rect, circle, path')) {
      found.push([getComputedStyle(shape).stroke, getComputedStyle(shape).strokeWidth]);
    }
    return JSON.stringify(found);
  };
  window.before = new Map(tabbed.map(one => [one, looks(one)]));
  window.reached = new Set();
  return tabbed.length;
}"""

_STEPPED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const told = [];
  if (!reached.has(one) && before.has(one) && before.get(one) === looks(one)) {
    told.push('shows no focus');
  }
  if (box.bottom < 0 || box.top > innerHeight) told.push('is focused out of sight');
  reached.add(one);
  if (one.type === 'radio') {
    for (const each of document.getElementsByName(one.name)) reached.add(each);
  }
  return told.map(each => `${each}: ${one.outerHTML.slice(0, 140)}`);
}"""

# What a script has switched off meanwhile need not be reached.
_MISSED = """() => tabbed
  .filter(one => !reached.has(one) && !one.disabled && one.checkVisibility())
  .map(one => `is not reached by Tab: ${one.outerHTML.slice(0, 140)}`)"""

_FAINT = """() => {
  const parse = colour => {
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };
  const light = ([r, g, b]) => [r, g, b].map(each => each / 255)
    .map(each => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4)
    .reduce((sum, each, at) => sum + each * [.2126, .7152, .0722][at], 0);
  const behind = one => {
    for (let each = one.parentElement; each; each = each.parentElement) {
      const data = parse(getComputedStyle(each).backgroundColor);
      if (data[3] === 255) return data;
    }
    return parse('Canvas');
  };
  return [...document.querySelectorAll('.m, .tl-m')].filter(one => one.checkVisibility())
    .flatMap(one => {
      const pair = [light(parse(getComputedStyle(one).fill)), light(behind(one))].sort();
      const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
      return ratio < 3 ? [`${ratio.toFixed(2)}:1 ${one.outerHTML.slice(0, 120)}`] : [];
    }).slice(0, 6);
}"""

_MOVING = """() => document.getAnimations()
  .map(one => one.effect?.target?.outerHTML.slice(0, 90))
  .concat([...document.querySelectorAll('*')].filter(one =>
      getComputedStyle(one).transitionDuration.split(', ').some(time => time !== '0s') ||
      getComputedStyle(one).scrollBehavior === 'smooth')
    .map(one => one.outerHTML.slice(0, 90)))"""

# WCAG 1.4.12. A sheet made by script is no inline style, which the policy would refuse.
_SPACED_OUT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
NARROWEST = 320
_STEPS_MAX = 600


@cache
def bring_axe() -> str:
    """Return what runs before a page's own scripts, too: it keeps axe at hand, not yet read.

    To send axe into every page anew takes a quarter of the time that it works there.
    """
    source = (ROOT / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
    return f"window.bringAxe = () => {{\n{source}\n}};"


def accessibility(page: Page) -> list[str]:
    """Return what axe finds wrong, rule by rule. What Django puts around our part is its own.

    A page that was opened without `bring_axe` gets it here.
    """
    if not page.evaluate("'bringAxe' in window"):
        page.evaluate(bring_axe())
    page.evaluate("bringAxe()")
    return _axe(page, "tag", TAGS)


def colours(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    """Return what axe finds wrong in the other scheme of colours: nothing else differs there.

    After `accessibility`. The page stays in that scheme.
    """
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", arg=scheme
    )
    return [f"{scheme}: {one}" for one in _axe(page, "rule", COLOUR_RULES)]


def _axe(page: Page, kind: str, values: list[str]) -> list[str]:
    within = "#content" if "/admin/" in page.url else "html"
    found: list[str] = page.evaluate(_AXE, [within, kind, values])
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


def walked(page: Page) -> list[str]:
    """Press Tab through a page; return what is not reached, unnamed, or shows no focus."""
    expected = page.evaluate(_TABBED)
    wrong: list[str] = []
    for _step in range(min(expected + 20, _STEPS_MAX)):
        page.keyboard.press("Tab")
        told = page.evaluate(_STEPPED)
        if told is None:
            break
        wrong += told
    return wrong[:8] + list(page.evaluate(_MISSED))[:8]


def moving(page: Page) -> list[str]:
    """Return what moves although the window asks for less motion."""
    running: list[Any] = page.evaluate(_MOVING)
    return [f"moves: {one}" for one in running[:5]]


def spilling_when_spaced_out(page: Page) -> list[str]:
    """Return what stands out of the narrowest screen once a reader spaces the text out."""
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
    page.evaluate(_SPACED_OUT)
    told = [f"spaced out on {NARROWEST} px, {one}" for one in spilling(page)]
    page.set_viewport_size(size)
    return told


def faint_shapes(page: Page) -> list[str]:
    """Return the shapes of verdicts that do not stand out from what is behind them."""
    faint: list[str] = page.evaluate(_FAINT)
    return [f"faint: {one}" for one in faint]
