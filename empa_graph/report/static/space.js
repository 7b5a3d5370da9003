// Paths in three dimensions: a flat projection that is turned by dragging or by the arrow keys.
"use strict";
(() => {
  // Paper is light: what is made of pixels is drawn anew for it, and pictures take other colours by the style sheet.
  const drawings = new Map();
  for (const [name, scheme] of [["beforeprint", "light"], ["afterprint", ""]]) addEventListener(name, () => {
    empa.printing = name === "beforeprint";
    for (const [canvas, draw] of drawings) {
      if (!canvas.isConnected) { drawings.delete(canvas); continue; }
      canvas.style.colorScheme = scheme;
      draw();
    }
  });

  // `points` as the pictures have them: d0, d1, ..., what (start, way, end, target), episode, entrant, reached.
  empa.space = (canvas, state) => {
    const context = canvas.getContext("2d");
    let yaw = 0.7, pitch = 0.45, held = null, ends = [];

    function turned([x, y, z]) {
      const [a, b] = [x * Math.cos(yaw) + z * Math.sin(yaw), z * Math.cos(yaw) - x * Math.sin(yaw)];
      return [a, y * Math.cos(pitch) - b * Math.sin(pitch)];
    }
    function draw() {
      const { points, axes, names, series, colours } = state();
      const [width, height] = [canvas.width, canvas.height];
      // A property holds both themes' colours; as the colour of an element it is that of the theme.
      const colour = (name) => { canvas.style.color = `var(${name})`; return getComputedStyle(canvas).color; };
      const [ink, quiet, line, paper] = ["--ink", "--quiet", "--line", "--paper"].map(colour);
      context.fillStyle = paper;
      context.fillRect(0, 0, width, height);
      if (!points.length) return;
      const bounds = axes.map((axis) => {
        const values = points.map((point) => point[`d${axis}`]);
        const [low, high] = [Math.min(...values), Math.max(...values)];
        return [(low + high) / 2, Math.max(high - low, 0.1)];
      });
      const size = Math.min(width, height) * 0.5;
      const at = (vector) => { const [x, y] = turned(vector); return [width / 2 + x * size, height / 2 - y * size]; };
      const place = (point) => at(axes.map((axis, i) => (point[`d${axis}`] - bounds[i][0]) / bounds[i][1]));
      box(at, axes, names, line, quiet, paper);
      ends = [];
      for (const path of grouped(points)) {
        const colour = colours[Math.max(0, series.indexOf(path[0].entrant)) % colours.length];
        const reached = path[0].reached === "reached the target";
        const way = path.filter((point) => point.what !== "target").map(place);
        context.strokeStyle = context.fillStyle = colour;
        context.lineWidth = 2;
        context.setLineDash(reached ? [] : [6, 4]);
        stroke(way);
        context.setLineDash([]);
        triangle(way[0]);
        mark(way.at(-1), reached);
        const target = path.find((point) => point.what === "target");
        if (target) { context.strokeStyle = ink; ring(place(target), 11); }
        ends.push([way.at(-1), path[0].episode]);
      }
    }
    function box(at, axes, names, line, quiet, paper) {
      context.strokeStyle = line;
      context.lineWidth = 1;
      const h = 0.55, corners = [-h, h];
      for (const a of corners) for (const b of corners) { stroke([at([-h, a, b]), at([h, a, b])]); stroke([at([a, -h, b]), at([a, h, b])]); stroke([at([a, b, -h]), at([a, b, h])]); }
      context.fillStyle = quiet;
      context.font = "500 20px system-ui, sans-serif";
      context.textAlign = "center";
      [[0, -h - 0.09, -h], [-h - 0.12, 0, -h], [h + 0.09, -h - 0.02, 0]].forEach((where, i) => {
        const [x, y] = at(where);
        context.strokeStyle = paper;
        context.lineWidth = 6;
        const spot = [Math.min(Math.max(x, 60), canvas.width - 60), Math.min(Math.max(y, 20), canvas.height - 8)];
        context.strokeText(names[axes[i]], ...spot);
        context.fillText(names[axes[i]], ...spot);
      });
    }
    function grouped(points) {
      const paths = new Map();
      for (const point of points) paths.set(point.episode, [...(paths.get(point.episode) ?? []), point]);
      return paths.values();
    }
    function stroke(way) {
      context.beginPath();
      way.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.stroke();
    }
    function triangle([x, y]) {
      context.beginPath();
      context.moveTo(x, y - 7); context.lineTo(x + 7, y + 6); context.lineTo(x - 7, y + 6);
      context.fill();
    }
    function ring([x, y], radius) { context.beginPath(); context.arc(x, y, radius, 0, 7); context.lineWidth = 2; context.stroke(); }
    function mark([x, y], reached) {
      context.lineWidth = 3;
      if (reached) return ring([x, y], 6);
      stroke([[x - 6, y - 6], [x + 6, y + 6]]);
      stroke([[x - 6, y + 6], [x + 6, y - 6]]);
    }

    canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY, false]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!held) return;
      const [dx, dy] = [event.clientX - held[0], event.clientY - held[1]];
      if (Math.abs(dx) + Math.abs(dy) < 3 && !held[2]) return;
      yaw += dx * 0.01;
      pitch = Math.max(-1.5, Math.min(1.5, pitch + dy * 0.01));
      held = [event.clientX, event.clientY, true];
      draw();
    });
    canvas.addEventListener("pointerup", (event) => {
      const moved = held?.[2];
      held = null;
      if (moved) return;
      const frame = canvas.getBoundingClientRect();
      const [x, y] = [(event.clientX - frame.left) * canvas.width / frame.width, (event.clientY - frame.top) * canvas.height / frame.height];
      const near = ends.map(([[a, b], episode]) => [Math.hypot(a - x, b - y), episode]).sort((a, b) => a[0] - b[0])[0];
      if (near && near[0] < 24) empa.open({ episode: near[1] });
    });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-0.12, 0], ArrowRight: [0.12, 0], ArrowUp: [0, -0.12], ArrowDown: [0, 0.12] }[event.key];
      if (!step) return;
      yaw += step[0];
      pitch = Math.max(-1.5, Math.min(1.5, pitch + step[1]));
      event.preventDefault();
      draw();
    });
    drawings.set(canvas, draw);
    draw();
    return draw;
  };
})();
