// What had the focus has it again after its part of the page was drawn anew.
const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

// Where an element stands: the nearest thing that has an id, and how many focusable ones on.
const placeOf = element => {
  if (element.id) return { id: element.id, at: -1 };
  const owner = element.closest('[id]:not(main)');
  if (!owner) return null;
  return { id: owner.id, at: [...owner.querySelectorAll(FOCUSABLE)].indexOf(element) };
};

export const keepFocus = (part, swap, otherwise) => {
  const held = document.activeElement;
  const place = part.contains(held) ? placeOf(held) : null;
  const isHeld = part.contains(held);
  swap();
  if (!isHeld || (held.isConnected && document.activeElement === held)) return;
  const owner = place && document.getElementById(place.id);
  const again = owner && (place.at < 0 ? owner : owner.querySelectorAll(FOCUSABLE)[place.at] ?? owner.querySelector(FOCUSABLE));
  (again ?? otherwise())?.focus({ preventScroll: true });
};
