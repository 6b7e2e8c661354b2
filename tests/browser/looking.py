"""What must hold of every page, looked at in a browser (the design's "What must hold")."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, ConsoleMessage, Page

PICTURES = Path(__file__).parents[2] / "results" / "screenshots"

DESKTOP, PHONE, NARROW = 1280, 390, 320
"""Widths in pixels; the last is a desktop at 400 % zoom."""
SIZES = (DESKTOP, PHONE, NARROW)
HEIGHTS = {DESKTOP: 900, PHONE: 844, NARROW: 640}

LIGHT_AND_DARK = ("light", "dark")
_AXE: dict[str, Any] = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.2; axe leaves it off by itself.
}
_MOST_STOPS = 300
_HEAVIEST = 60_000
"""Bytes of a page over the network, with stylesheet and script."""

_WATCH = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
_WEIGHT = """() => ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))
  .reduce((sum, each) => sum + each.encodedBodySize, 0)"""
_BROKEN_WORDS = """() => {
  const broken = [], range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, parent = text.parentElement;
    if (parent.closest('.sr, option, textarea') || !parent.checkVisibility()) continue;
    // Long words of headings are hyphenated; what is longer than any word is not ours.
    const longest = parent.closest('h1, h2, h3') ? 13 : 20;
    for (const { 0: word, index } of text.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (word.length <= longest && lines.size > 1) broken.push(word);
    }
  }
  return broken;
}"""
_LEAVE = "() => { document.activeElement?.blur(); scrollTo(0, 0); }"
_STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at === document.documentElement) return null;
  window.stops = window.stops || [];
  let number = window.stops.indexOf(at);
  const again = number >= 0;
  if (!again) number = window.stops.push(at) - 1;
  const box = at.getBoundingClientRect();
  const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  const isRing = (style) => style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 3
    && !/^rgba.*, 0\\)$/.test(style.outlineColor);
  const after = getComputedStyle(at, '::after');
  // A link that covers its whole row draws the ring around the row.
  const covers = after.content !== 'none' && after.position === 'absolute'
    && parseFloat(after.width) >= box.width && parseFloat(after.height) >= box.height;
  const ring = isRing(getComputedStyle(at)) || (covers && isRing(after));
  return { number, again, seen, ring, html: at.outerHTML.slice(0, 160) };
}"""


@dataclass
class Watched:
    """A page, and what the browser complains of while it is used."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        # That the page itself answers 404 or 422 is what some tests are about.
        is_its_own_status = (
            message.text.startswith("Failed to load resource")
            and message.location["url"].partition("#")[0] == self.page.url.partition("#")[0]
        )
        if message.type in ("error", "warning") and not is_its_own_status:
            self.complaints.append(f"{message.text} ({message.location['url']})")


async def open_page(context: BrowserContext) -> Watched:
    """A new page that is watched from its first moment."""
    await context.add_init_script(_WATCH)
    return Watched(await context.new_page())


async def look(
    watched: Watched,
    name: str,
    sizes: Sequence[int] = SIZES,
    *,
    whole: bool = True,
    may_shift: bool = False,
) -> None:
    """Hold the page that is shown to everything, in these widths, light and dark; keep pictures.

    The layout must not have shifted since the page was loaded, in the width it was loaded in.

    Args:
        watched: the page.
        name: of the pictures.
        sizes: widths.
        whole: False keeps a picture of what is in sight only, for what lies over the page.
        may_shift: for what has become another page while one looked.
    """
    page = watched.page
    await page.evaluate("scrollTo(0, 0)")
    shift = await _shifted(page)
    wrong = [f"the layout shifted by {shift}"] if shift and not may_shift else []
    if (weight := await page.evaluate(_WEIGHT)) > _HEAVIEST:
        wrong.append(f"it weighs {weight} bytes")
    for width in sizes:
        await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        for scheme in LIGHT_AND_DARK:
            await page.emulate_media(color_scheme=scheme)
            wrong += [f"{width} {scheme}: {each}" for each in await _faults(page)]
            await _keep_picture(page, f"{name}-{width}-{scheme}", whole=whole)
        await page.emulate_media(color_scheme="light")
        wrong += [f"{width}: {each}" for each in await _walk_by_keyboard(page)]
    wrong += watched.complaints
    assert not wrong, "\n".join([f"{name} ({page.url})", *wrong])


async def look_without_script(watched: Watched, name: str) -> None:
    """What can be held to where no script runs, axe neither: it fits, and nothing complains."""
    page = watched.page
    wrong = list(watched.complaints)
    if await _is_too_wide(page):
        wrong.append("it scrolls sideways")
    await _keep_picture(page, f"{name}-without-script")
    assert not wrong, "\n".join([f"{name} ({page.url})", *wrong])


async def _faults(page: Page) -> list[str]:
    results = await Axe().run(page, options=_AXE)
    found = [
        f"axe {violation['id']}: {node['html'][:300]} {node['failureSummary']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    if await _is_too_wide(page):
        found.append("it scrolls sideways")
    found += [f"a word is broken: {word}" for word in await page.evaluate(_BROKEN_WORDS)]
    return found


async def _is_too_wide(page: Page) -> bool:
    return bool(
        await page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )


async def _shifted(page: Page) -> float:
    """How much the layout has shifted by the time two more frames are drawn."""
    frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    await page.evaluate(frames)
    return float(await page.evaluate("window.shifted"))


async def _walk_by_keyboard(page: Page) -> list[str]:
    """Press Tab until it begins again; every stop must be in sight, with a ring around it, and in order."""
    await page.evaluate(_LEAVE)
    await page.evaluate("() => { window.stops = []; }")
    found: list[str] = []
    numbers: list[int] = []
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        stop = await page.evaluate(_STOP)
        if stop is None:
            if numbers:
                break
            continue
        if stop["again"]:
            break
        numbers.append(stop["number"])
        if not stop["seen"]:
            found.append(f"the focus is out of sight: {stop['html']}")
        if not stop["ring"]:
            found.append(f"the focus has no ring: {stop['html']}")
    if not numbers or any(after != before + 1 for before, after in pairwise(numbers)):
        found.append(f"the keyboard comes to {len(numbers)} stops only")
    await page.evaluate(_LEAVE)  # The next picture shows the page as it is first seen.
    return found


async def _keep_picture(page: Page, name: str, *, whole: bool = True) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)
