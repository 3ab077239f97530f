// Values of the charts on the page about models: under the pointer, by touch, by arrow keys. Without it they are in the tables.
const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("role", "status");
tip.hidden = true;
document.body.append(tip);

const mark = document.createElementNS("http://www.w3.org/2000/svg", "circle");
mark.setAttribute("class", "tip-mark");
mark.setAttribute("r", "6");

/** Hides mark and value. */
const hide = () => {
  mark.remove();
  tip.hidden = true;
};

// Also where the pointer shows a value and nothing has the focus.
document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());

for (const drawing of document.querySelectorAll("[data-drawing]")) {
  let points;
  let current = -1;
  drawing.tabIndex = 0;

  /** The drawing that the style sheet shows, the places in it, and its scale. */
  const shown = () => {
    points ??= JSON.parse(drawing.querySelector("script").textContent);
    const drawings = [...drawing.querySelectorAll("svg")];
    const index = drawings.findIndex((svg) => svg.getClientRects().length);
    const svg = drawings[index];
    const box = svg.getBoundingClientRect();
    return { svg, box, at: points.at[index], scale: box.width / svg.viewBox.baseVal.width };
  };

  const show = (index, { svg, box, at, scale }, isSpoken) => {
    current = index;
    const [x, y] = [at[2 * index], at[2 * index + 1]];
    mark.setAttribute("cx", x);
    mark.setAttribute("cy", y);
    svg.append(mark);
    // Moving the pointer changes it too often to be read out.
    tip.ariaLive = isSpoken ? "polite" : "off";
    tip.textContent = points.text[index];
    tip.hidden = false;
    const [left, top] = [box.left + x * scale, box.top + y * scale];
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(left - tip.offsetWidth / 2, room)) + scrollX}px`;
    tip.style.top = `${(top > tip.offsetHeight + 80 ? top - tip.offsetHeight - 12 : top + 14) + scrollY}px`;
  };

  const point = ({ clientX, clientY }) => {
    const place = shown();
    const { box, at, scale } = place;
    let [nearest, least] = [-1, Infinity];
    for (let index = 0; 2 * index < at.length; index++) {
      const away = Math.hypot(box.left + at[2 * index] * scale - clientX, box.top + at[2 * index + 1] * scale - clientY);
      if (away < least) [nearest, least] = [index, away];
    }
    if (nearest >= 0) show(nearest, place, false);
  };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && hide());
  // A finger on another drawing moves the mark there before this one loses the focus.
  drawing.addEventListener("blur", () => drawing.contains(mark) && hide());
  drawing.addEventListener("keydown", (event) => {
    const place = shown();
    const last = place.at.length / 2 - 1;
    const to = { ArrowRight: current + 1, ArrowDown: current + 1, ArrowLeft: current - 1, ArrowUp: current - 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    show(Math.max(0, Math.min(to, last)), place, true);
  });
}
