// Seconds to 12:34 or 1:02:03, as the server writes them.
export const clock = seconds => {
  const whole = Math.max(0, Math.floor(seconds));
  const two = number => String(number).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

// To the tenth of a second, for forms: 12:34.5. Rounded first, so that 59.96 is 1:00.
export const exact = seconds => {
  const tenths = Math.max(0, Math.round(seconds * 10));
  return clock(Math.floor(tenths / 10)) + (tenths % 10 ? `.${tenths % 10}` : '');
};
