// The plane of two inputs, shaded by what comes out.

const CELLS = 40, SIDE = 100, SIDES = [[0, 114, 178], [213, 94, 0]], STRONGEST = 150;
const FAR = 1e6; // a number that is farther away lies outside of every plane

/** Where a plane reaches along an input: twice as far as its number, and at least from −2 to 2. */
function reachOf(leaf) {
  return maximum(2, 2 * abs(run.recorded[0][leaf]) || 0);
}

function placesOf({ inputs, height }) {
  const place = (id) => story.program.place.get(Number(id.slice(1)));
  return { leaves: inputs.map((id) => story.program.leaves.indexOf(place(id))), height: place(height) };
}

/** Let the plane follow soon: a hand that drags a number comes first. */
function followSurface() {
  clearTimeout(state.shading);
  state.shading = setTimeout(drawSurface, 40);
}

function drawSurface() {
  const { leaves: [across, up], height } = placesOf(story.surface), { border } = story.surface;
  const epoch = epochInView(), leaves = [...leavesOf(run, epoch)], here = [leaves[across], leaves[up]];
  const [right, top] = [reachOf(across), reachOf(up)];
  const heights = Array.from({ length: CELLS + 1 }, (_, row) => Array.from({ length: CELLS + 1 }, (_, column) => {
    leaves[across] = right * ((2 * column) / CELLS - 1);
    leaves[up] = top * (1 - (2 * row) / CELLS);
    return forwardPass(story.program, leaves)[height];
  }));
  const finite = heights.flat().filter((x) => abs(x) < inf), [low, high] = [Math.min(...finite) + 0, Math.max(...finite) + 0]; // no −0
  const middle = border ?? low, reach = maximum(high - middle, middle - low) || 1;
  shade(heights, middle, reach, border === null ? 0.5 : 1); // of a loss the low places count
  const place = ([x, y]) => [(SIDE * (x / right + 1)) / 2, (SIDE * (1 - y / top)) / 2];
  const side = border === null ? "" : sideOf(border, low, high);
  document.getElementById("border").setAttribute("d", side === ".border" ? borderPath(heights, border) : "");
  const trail = border === null ? Array.from({ length: run.epochs }, (_, at) => leavesOf(run, at)) : [];
  const near = trail.map((at) => [at[across], at[up]]).filter((at) => at.every((x) => abs(x) < FAR));
  document.getElementById("trail").setAttribute("points", near.map((at) => place(at).join(",")).join(" "));
  const [x, y] = place(here), mark = document.getElementById("here");
  mark.toggleAttribute("hidden", !here.every((number) => abs(number) < FAR));
  mark.setAttribute("cx", abs(x) < FAR ? x : 0);
  mark.setAttribute("cy", abs(y) < FAR ? y : 0);
  const name = (id) => story.names[story.program.place.get(Number(id.slice(1)))];
  const told = { height: name(story.surface.height), across: name(story.surface.inputs[0]), up: name(story.surface.inputs[1]) };
  setText("surface-words", say(`page.surface${side}`, {
    ...told, right: number(right, 3), top: number(top, 3), low: number(low, 3), high: number(high, 3), border: number(border ?? 0, 3),
  }));
  document.getElementById("surface").hidden = !finite.length;
}

/** On which side of a border heights lie, from the lowest to the highest: what is on it has no colour. */
function sideOf(border, low, high) {
  if (low > border) return ".above";
  if (high < border) return ".below";
  if (low < border && high > border) return ".border";
  return low < border ? ".ceiling" : high > border ? ".floor" : ".flat";
}

function shade(heights, middle, reach, power) {
  const context = document.getElementById("shades").getContext("2d"), image = context.createImageData(CELLS, CELLS);
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      const x = (heights[row][column] + heights[row + 1][column + 1]) / 2 - middle, at = 4 * (row * CELLS + column);
      image.data.set(abs(x) < inf ? [...SIDES[Number(x > 0)], STRONGEST * minimum(abs(x) / reach, 1) ** power] : [0, 0, 0, 0], at);
    }
  }
  context.putImageData(image, 0, 0);
}

/** The line where heights pass a border: in each cell of finite corners, between the points where its sides are cut. */
function borderPath(heights, border) {
  const side = SIDE / CELLS, path = [];
  const above = (row, column) => heights[row][column] > border;
  const cut = (row, column, down, right) => {
    const [from, to] = [heights[row][column] - border, heights[row + down][column + right] - border];
    const part = from / (from - to);
    return `${(side * (column + right * part)).toFixed(2)} ${(side * (row + down * part)).toFixed(2)}`;
  };
  for (let row = 0; row < CELLS; row += 1) {
    for (let column = 0; column < CELLS; column += 1) {
      if (![0, 1].every((r) => [0, 1].every((c) => abs(heights[row + r][column + c]) < inf))) continue;
      const sides = [[0, 0, 0, 1], [0, 0, 1, 0], [1, 0, 0, 1], [0, 1, 1, 0]];
      const cuts = sides.flatMap(([r, c, down, right]) => (
        above(row + r, column + c) === above(row + r + down, column + c + right) ? [] : [cut(row + r, column + c, down, right)]));
      for (let at = 0; at + 1 < cuts.length; at += 2) path.push(`M${cuts[at]}L${cuts[at + 1]}`);
    }
  }
  return path.join("");
}

/** Put both inputs where the plane is pressed. */
function pressSurface(event) {
  const box = event.currentTarget.getBoundingClientRect(), { leaves } = placesOf(story.surface);
  const parts = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  const edits = parts.map((part, at) => [leaves[at], Number((reachOf(leaves[at]) * (2 * part - 1)).toFixed(2))]);
  editLeaves(run, epochInView(), edits);
  refresh();
}
