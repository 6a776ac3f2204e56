"use strict";
// The status of the site at any moment of the run, from the data that the page carries. No library, no network.
//
//   run-data (changes) -> Series.at(frame) -> status of a frame -> sentence, meters, tree
//   slider, buttons, timeline, links with data-t -> show(frame)
//
// Frame 0 of the slider is before the first rebalance; frame k is the tick that began at times[k - 1].
(function () {
  const data = JSON.parse(document.getElementById("run-data").textContent);
  const $ = (id) => document.getElementById(id);
  const NONE = -1;

  // A value over frames. The flat list holds, in turns, frames since the change before and the difference of the value to it.
  function series(flat) {
    const frames = [], values = [];
    for (let i = 0, frame = 0, value = 0; i < flat.length; i += 2) {
      frames.push(frame += flat[i]);
      values.push(value += flat[i + 1]);
    }
    return {
      at(frame) {
        let low = 0, high = frames.length;
        while (low < high) {
          const middle = (low + high) >> 1;
          if (frames[middle] <= frame) low = middle + 1; else high = middle;
        }
        return low ? values[low - 1] : NONE;
      },
      frames,
    };
  }

  let clock = 0;
  const times = data.frames.map((step) => clock += step);
  const cycleColumns = data.cycle.map(series);
  const nodes = data.nodes.map(([position, depth], i) => ({
    position, depth, id: data.ids[position], kind: data.kinds[position],
    columns: data.node_series[i].map(series),
    connectors: data.connectors[i].map(([place, number]) => ({
      position: place, id: data.ids[place], columns: data.connector_series[number].map(series),
    })),
  }));
  const connectorCount = nodes.reduce((sum, node) => sum + node.connectors.length, 0);

  const at = (columns, frame, names) => Object.fromEntries(names.map((name, i) => [name, columns[i].at(frame)]));
  const cycleAt = (frame) => at(cycleColumns, frame, ["cycle", "t_s", "outcome", "reason", "node", "source", "limit_w", "demand_w",
    "allocated_w", "withheld_w", "is_pause", "curtailed", "paused", "site_demand_w", "site_allocated_w", "subject", "detail", "in_force"]);
  const nodeAt = (node, frame) => at(node.columns, frame, ["limit_w", "source", "base_load_w", "ev_limit_w", "demand_w", "allocated_w",
    "measured_w", "flags"]);
  const connectorAt = (connector, frame) => Object.assign(at(connector.columns, frame, ["visit", "soc", "state", "demand_w", "setpoint_w",
    "measured_w", "by", "limit_w"]), { frame, position: connector.position });


  // What is wrong at each position.
  const faultsOf = new Map();
  for (const [position, kind, from_s, until_s] of data.faults) {
    if (!faultsOf.has(position)) faultsOf.set(position, []);
    faultsOf.get(position).push({ kind: data.fault_kinds[kind], from_s, until_s });
  }
  const holds = (from_s, until_s, frame) => from_s <= times[frame] && (until_s === NONE || times[frame] < until_s);
  const faultsAt = (position, frame) => (faultsOf.get(position) || []).filter((fault) => holds(fault.from_s, fault.until_s, frame));

  // The breach of a position at a frame, if it is one of the largest. A connector's own base load can bring one about too.
  const isOver = (now) => (now.limit_w !== NONE && now.measured_w > now.limit_w) || breachAt(now.position, now.frame) !== undefined;
  const breachAt = (position, frame) => data.breaches.find(([where, from_s, until_s]) => where === position && holds(from_s, until_s, frame));

  // What operators order at a frame, and who waits for a connector.
  const HOLD = 1;
  const ordersAt = (frame) => data.orders.filter(([, , from_s, until_s]) => holds(from_s, until_s, frame));
  const ordersOf = new Map();
  for (const order of data.orders) ordersOf.set(order[0], [...(ordersOf.get(order[0]) || []), order]);
  const orderOf = (visit, frame) => (ordersOf.get(visit) || []).find(([, , from_s, until_s]) => holds(from_s, until_s, frame));
  const waitsAt = (frame) => data.waits.filter(([, from_s, until_s]) => holds(from_s, until_s, frame));

  // ---- words ----
  const kw = (w) => (w < 0 ? "-" : "") + Math.floor(Math.abs(w) / 1000) + "." + String(Math.abs(w) % 1000).padStart(3, "0");
  const brief = (w) => kw(w).replace(/\.?0+$/, "");
  const percent = (hundredths) => Math.floor(hundredths / 100) + "." + String(hundredths % 100).padStart(2, "0");
  const limited = (w, none) => w === NONE ? none : kw(w);
  const plain = (code) => code.replaceAll("_", " ");
  const counted = (n, what) => n + " " + what + (n === 1 ? "" : "s");
  const wall = (t_s) => new Date((data.start_unix_s + data.utc_offset_s + t_s) * 1000);
  const short = (t_s) => wall(t_s).toLocaleString("en-GB", {
    timeZone: "UTC", weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });

  const brieflyAt = (t_s) => wall(t_s).toLocaleString("en-GB", { timeZone: "UTC", weekday: "short", hour: "2-digit", minute: "2-digit" });
  const faultWords = (faults) => faults.map((fault) => fault.kind + " since " + brieflyAt(fault.from_s)).join(", ");

  const orderWords = ([, kind, from_s, until_s]) => (kind === HOLD ? "held by an operator" : "an operator's charge-now") + " since " + brieflyAt(from_s)
    + " until " + (until_s === NONE ? "the end of the run" : brieflyAt(until_s));

  // ---- building the page, by text nodes only: no name is ever read as HTML ----
  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // ---- the tree: one row per node and connector, made once and filled for each frame ----
  const isLarge = connectorCount > 64;
  const body = document.querySelector("#tree tbody");
  const rows = [];

  function addRow(thing, depth, isConnector, owner) {
    const name = element("th", { scope: "row", style: "padding-left:" + (1 + depth) + "em" });
    const row = element("tr", {}, name);
    for (let i = 1; i < 7; i++) row.append(element("td", i < 6 ? { class: "num" } : {}));
    const entry = { row, thing, isConnector, owner, name };
    if (!isConnector && isLarge && hasChargersBelow(thing)) {
      const toggle = element("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-label": "Chargers of " + thing.id }, "▸");
      toggle.addEventListener("click", () => { thing.isOpen = !thing.isOpen; fold(); });
      name.append(toggle);
      thing.toggle = toggle;
    }
    name.append(element("span", thing.id.length <= 32 ? { class: "id" } : {}, thing.id + " "), element("span", { class: "kind" }, isConnector ? "connector" : plain(thing.kind)));
    rows.push(entry);
    body.append(row);
  }

  const isCharger = (node) => node.kind === "charge_point";
  function hasChargersBelow(node) {
    const next = nodes[nodes.indexOf(node) + 1];
    return !isCharger(node) && next !== undefined && next.depth > node.depth && isCharger(next);
  }

  let circuit = null;
  for (const node of nodes) {
    if (!isCharger(node)) circuit = node;
    addRow(node, node.depth, false, isCharger(node) ? circuit : null);
    for (const connector of node.connectors) {
      if (connector.position !== node.position) addRow(connector, node.depth + 1, true, circuit);
    }
  }

  function fold() {
    const only = $("only").checked;
    for (const entry of rows) {
      const isFolded = isLarge && entry.owner !== null && !entry.owner.isOpen && !only;
      entry.row.hidden = isFolded || (only && !entry.isTied);
      if (entry.thing.toggle) {
        entry.thing.toggle.setAttribute("aria-expanded", String(Boolean(entry.thing.isOpen)));
        entry.thing.toggle.textContent = entry.thing.isOpen ? "▾" : "▸";
      }
    }
  }

  function fill(entry, texts, classes, tie) {
    entry.row.className = classes.join(" ");
    texts.forEach((text, i) => { entry.row.cells[i + 1].textContent = text; });
    const last = entry.row.cells[6];
    const add = (words, kind) => { if (words) last.append(last.textContent ? ", " : "", element("span", { class: kind }, words)); };
    add(tie, "tie");
    add(entry.faults.length ? "✕ " + faultWords(entry.faults) : "", "fault");
    if (entry.faultyBelow) add("✕ " + counted(entry.faultyBelow, "charger") + " with a fault", "fault");
  }

  function fillTree(frame, cycle) {
    const heldBy = new Map();
    for (const entry of rows) {
      entry.faults = faultsAt(entry.thing.position, frame);
      entry.faultyBelow = 0;
    }
    if (isLarge) {
      // A fold must not hide that something below it is wrong.
      for (const entry of rows) {
        const owner = entry.faults.length ? rows.find((one) => one.thing === entry.owner) : undefined;
        if (owner) owner.faultyBelow += 1;
      }
    }
    for (const entry of rows) {
      if (!entry.isConnector) continue;
      entry.now = connectorAt(entry.thing, frame);
      if (entry.now.by !== NONE) heldBy.set(entry.now.by, (heldBy.get(entry.now.by) || 0) + 1);
    }
    // A charge point without connectors is its own.
    for (const entry of rows) {
      const own = entry.isConnector ? undefined : entry.thing.connectors.find((one) => one.position === entry.thing.position);
      entry.own = own && connectorAt(own, frame);
      if (entry.own && entry.own.by !== NONE) heldBy.set(entry.own.by, (heldBy.get(entry.own.by) || 0) + 1);
    }
    for (const entry of rows) {
      const held = heldBy.get(entry.thing.position) || 0;
      if (entry.isConnector) fillConnector(entry, entry.now, held);
      else { entry.frame = frame; fillNode(entry, nodeAt(entry.thing, frame), held, cycle); }
    }
    fold();
  }

  function fillNode(entry, now, held, cycle) {
    const headroom = now.limit_w === NONE ? "–" : kw(now.limit_w - now.measured_w);
    const source = now.source === NONE ? "no limit" : plain(data.sources[now.source]);
    const isBreached = now.flags >= 2, isFirst = cycle.node === entry.thing.position;
    const words = [source];
    if (now.base_load_w !== 0) words.push("base load " + brief(now.base_load_w) + " kW");
    if (entry.own && entry.own.visit !== NONE) words.push(occupant(entry.own));
    if (isBreached) words.push("⚠ over its limit");
    const tie = held ? "◆ constrains " + counted(held, "charger") : entry.own ? tieOf(entry.own) : "";
    const classes = [];
    if (held) classes.push("constrains");
    if (entry.own && (entry.own.by !== NONE || isOnHold(entry.own)) && !held) classes.push("held");
    if (isFirst) classes.push("first");
    if (isBreached) classes.push("breached");
    if (entry.faults.length) classes.push("faulty");
    const isIdle = isCharger(entry.thing) && classes.length === 0 && now.demand_w === 0
      && !entry.thing.connectors.some((one) => connectorAt(one, entry.frame).visit !== NONE);
    if (isIdle) classes.push("idle");
    entry.isTied = held > 0 || isBreached || entry.faults.length > 0 || classes.includes("held") || (!isCharger(entry.thing) && entry.thing.depth === 0);
    fill(entry, [limited(now.limit_w, "–"), kw(now.demand_w), kw(now.allocated_w), kw(now.measured_w), headroom, words.join(", ")], classes, tie);
  }

  // A lower tier is served completely before a higher one.
  const tierOf = (now) => data.tiers.length ? ", tier " + data.tiers[now.visit] : "";
  const occupant = (now) => data.vehicles[now.visit] + " at " + percent(now.soc) + " %" + tierOf(now) + orderedOf(now);
  const orderedOf = (now) => {
    const order = orderOf(now.visit, now.frame);
    return order ? ", " + orderWords(order) : "";
  };
  const isOnHold = (now) => {
    const order = now.visit === NONE ? undefined : orderOf(now.visit, now.frame);
    return order !== undefined && order[1] === HOLD;
  };
  const tieOf = (now) => now.by === NONE ? "" : (now.state % 2 ? "◇ paused by " : "◇ held by ") + data.ids[now.by];

  function fillConnector(entry, now, held) {
    const state = data.states[now.state >> 1];
    const isHeld = now.by !== NONE || isOnHold(now);
    const isFaulty = entry.faults.length > 0;
    const isBreached = isOver(now);
    entry.isTied = isHeld || isFaulty || isBreached;
    const classes = isFaulty ? ["faulty"] : [];
    const limit = limited(now.limit_w, "–");
    if (now.visit === NONE) return fill(entry, [limit, "", "", kw(now.measured_w), "", state], now.measured_w === 0 && !isFaulty ? ["idle"] : classes, "");
    if (isBreached) classes.push("breached");
    if (isHeld) classes.push("held");
    if (held) classes.push("constrains");
    const headroom = now.limit_w === NONE ? "–" : kw(now.limit_w - now.measured_w);
    const over = isBreached ? ", over its limit" : "";
    fill(entry, [limit, kw(now.demand_w), kw(now.setpoint_w), kw(now.measured_w), headroom, state + ", " + occupant(now) + over], classes, tieOf(now));
  }

  // ---- the sentence and the meters ----
  const SIGNS = ["✓", "▼", "✕"], CLASSES = ["is-pass", "is-curtailed", "is-fail"];

  // Base load at a node; none where the page does not show it.
  function baseLoadOf(position, frame) {
    const node = nodes.find((one) => one.position === position);
    return node === undefined ? null : nodeAt(node, frame).base_load_w;
  }

  function sentence(cycle, frame) {
    const name = cycle.node === NONE ? "" : data.ids[cycle.node];
    if (cycle.outcome === 0) return "Every request was granted in full.";
    if (cycle.outcome === 2) {
      const subject = cycle.subject === NONE ? "" : " It is about " + data.texts[cycle.subject] + ".";
      return (cycle.detail === NONE ? "The input could not be balanced safely." : "What was wrong: " + data.texts[cycle.detail] + ".")
        + subject + " Nothing new was applied: " + (cycle.in_force === 1 ? "fallback power counts, as holding is over." : "setpoints from before are held.");
    }
    const other = withheldBesides(cycle, frame);
    if (cycle.is_pause === 1) {
      return counted(cycle.paused, "charger") + " paused: the minimum power does not fit at " + name + ", which withholds " + brief(cycle.withheld_w) + " kW."
        + (other.count ? " Besides, its limit withholds " + brief(other.withheld_w) + " kW from " + counted(other.count, "charger") + " more." : "");
    }
    const source = cycle.source === NONE ? "" : " (" + plain(data.sources[cycle.source]) + ")";
    const knows = data.believes ? ", as far as the balancer knows," : "";
    const wish = data.kinds[cycle.node] === "connector" ? "Its vehicle asks for " : "What hangs below it could take" + knows + " ";
    const base_w = baseLoadOf(cycle.node, frame);
    const enough = data.follows_meters || cycle.limit_w === NONE || base_w === null ? "" : " With " + brief(cycle.demand_w + Math.max(0, base_w)) + " kW it would hold back nobody.";
    const besides = other.count ? " Besides, pausing " + counted(other.count, "charger") + " withholds " + brief(other.withheld_w) + " kW." : "";
    return name + " (" + plain(data.kinds[cycle.node]) + ") may carry " + brief(cycle.limit_w) + " kW" + source + ". " + wish
      + brief(cycle.demand_w) + " kW and was granted " + brief(cycle.allocated_w) + " kW. " + counted(cycle.curtailed, "charger")
      + " got less than asked for" + (cycle.paused ? ", of them " + cycle.paused + " paused" : "") + ". The vehicles that " + name
      + " holds back" + (cycle.paused ? " without pausing them" : "") + " would draw" + knows + " " + brief(cycle.withheld_w) + " kW more if nothing but their own chargers limited them." + besides + enough;
  }

  // A cycle counts what a node's limit takes off those who charge, and what the node withholds by pausing, apart: this is what it does not count.
  function withheldBesides(cycle, frame) {
    const all = nodes.flatMap((node) => node.connectors).map((one) => connectorAt(one, frame));
    const others = all.filter((now) => now.by === cycle.node && now.state % 2 !== cycle.is_pause && now.setpoint_w < now.demand_w);
    return { count: others.length, withheld_w: others.reduce((sum, now) => sum + now.demand_w - now.setpoint_w, 0) };
  }

  // Meters above their limits, whatever the cycle decided.
  function overLimits(frame) {
    const own = nodes.flatMap((node) => node.connectors.filter((one) => one.position !== node.position));
    const over = nodes.map((node) => [node.position, nodeAt(node, frame)]).filter(([, now]) => now.flags >= 2)
      .concat(own.map((one) => [one.position, connectorAt(one, frame)]).filter(([, now]) => isOver(now)));
    if (over.length === 0) return "";
    const named = over.slice(0, 5).map(([position, now]) => data.ids[position] + overBy(now) + sinceWhen(position, frame)
      + drawnBeyond(position, frame)).join("; ");
    return "⚠ Over the limit: " + named + (over.length > 5 ? " and " + (over.length - 5) + " more" : "") + ".";
  }

  // A connector's meter beside its own base load may be below its limit: by how much it is above is not known here then.
  const overBy = (now) => now.measured_w > now.limit_w ? " by " + brief(now.measured_w - now.limit_w) + " kW" : "";

  // Since when a meter is above its limit, and what brought that about.
  function sinceWhen(position, frame) {
    const breach = breachAt(position, frame);
    return breach ? " since " + brieflyAt(breach[1]) + " (" + breach[3] + " when it began)" : "";
  }

  // Who below a node draws more than its setpoint, the largest first: what began a breach may be a small part of it.
  function drawnBeyond(position, frame) {
    const beyond = connectorsBelow(nodes.findIndex((node) => node.position === position)).map((one) => connectorAt(one, frame))
      .map((now) => [data.ids[now.position], now.measured_w - now.setpoint_w]).filter(([, beyond_w]) => beyond_w > 0).sort((a, b) => b[1] - a[1]);
    const others_w = beyond.slice(3).reduce((sum, [, beyond_w]) => sum + beyond_w, 0);
    const named = beyond.slice(0, 3).map(([id, beyond_w]) => id + " " + brief(beyond_w) + " kW").join(", ");
    const others = others_w ? " and " + counted(beyond.length - 3, "other") + " " + brief(others_w) + " kW" : "";
    return named ? ", where more than allowed is drawn by " + named + others : "";
  }

  // The connectors of a node and of those below it, which follow it.
  function connectorsBelow(first) {
    const isBelow = (ix) => ix === first || nodes[ix].depth > nodes[first].depth;
    const all = [];
    for (let ix = first; ix >= 0 && ix < nodes.length && isBelow(ix); ix++) all.push(...nodes[ix].connectors);
    return all;
  }

  // What is wrong, and where.
  function faultsNow(frame) {
    const places = new Map();
    for (const [position] of faultsOf) {
      for (const fault of faultsAt(position, frame)) places.set(fault.kind, (places.get(fault.kind) || []).concat(data.ids[position]));
    }
    const words = [...places].map(([kind, ids]) => kind + " (" + ids.slice(0, 5).join(", ") + (ids.length > 5 ? " and " + (ids.length - 5) + " more" : "") + ")");
    return words.length ? "✕ Faults: " + words.join("; ") + "." : "";
  }

  // What operators order.
  function ordersNow(frame) {
    const orders = ordersAt(frame).map((order) => data.vehicles[order[0]] + ": " + orderWords(order));
    return orders.length ? "Orders: " + listed(orders, "; ") + "." : "";
  }

  // Who waits for a connector, since when, and for which.
  function waitingNow(frame) {
    const waits = waitsAt(frame).map(([visit, from_s, , place]) => data.vehicles[visit] + " since " + brieflyAt(from_s)
      + (place === NONE ? "" : " (for " + data.ids[place] + ")"));
    return waits.length ? counted(waits.length, "vehicle") + (waits.length === 1 ? " waits" : " wait") + " for a connector: " + listed(waits, ", ") + "." : "";
  }
  const listed = (words, between) => words.slice(0, 8).join(between) + (words.length > 8 ? " and " + (words.length - 8) + " more" : "");

  function meter(title, facts, gauge) {
    const list = element("dl", {});
    for (const [name, value] of facts) list.append(element("dt", {}, name), element("dd", {}, value));
    const box = element("div", { class: "meter" }, element("h3", {}, title), list);
    if (gauge && gauge.limit_w !== NONE) {
      const most = Math.max(gauge.limit_w, gauge.wish_w, gauge.used_w, 1);
      const part = (w) => "width:" + Math.max(0, Math.min(100, w / most * 100)) + "%";
      box.append(element("div", { class: "gauge", "aria-hidden": "true" },
        element("div", { class: "wish", style: part(gauge.wish_w) }), element("div", { class: "used", style: part(gauge.used_w) }),
        element("div", { class: "limit", style: "left:calc(" + gauge.limit_w / most * 100 + "% - 3px)" })),
      element("p", { class: "fine" }, "filled: " + gauge.used + ", hatched: demand, line: limit"));
    }
    return box;
  }

  function fillMeters(frame, cycle) {
    const root = nodeAt(nodes[0], frame);
    const boxes = [meter("Site " + nodes[0].id, [
      ["Demand within the limits below", kw(cycle.site_demand_w) + " kW"], ["Allocated", kw(cycle.site_allocated_w) + " kW"],
      ["Measured, base load included", kw(root.measured_w) + " kW"], ["Limit", limited(root.limit_w, "none") + (root.limit_w === NONE ? "" : " kW")],
    ], { limit_w: root.limit_w, wish_w: cycle.site_demand_w, used_w: root.measured_w, used: "measured" })];
    if (cycle.node !== NONE) {
      const node = nodes.find((one) => one.position === cycle.node);
      const now = node && nodeAt(node, frame);
      const facts = [["Limit", limited(cycle.limit_w, "none") + (cycle.limit_w === NONE ? "" : " kW")],
        ["Limit from", cycle.source === NONE ? "–" : plain(data.sources[cycle.source])]];
      if (now) facts.push(["Of it base load", kw(now.base_load_w) + " kW"]);
      facts.push(["Demand within the limits below", kw(cycle.demand_w) + " kW"], ["Allocated", kw(cycle.allocated_w) + " kW"],
        ["Of this demand not granted", kw(Math.max(0, cycle.demand_w - cycle.allocated_w)) + " kW"],
        [cycle.is_pause === 1 ? "Withheld by pausing" : "Withheld by its limit", kw(cycle.withheld_w) + " kW, vehicle by vehicle"]);
      const other = withheldBesides(cycle, frame);
      if (other.count) facts.push([(cycle.is_pause === 1 ? "By its limit besides, from " : "By pausing besides, from ") + other.count, kw(other.withheld_w) + " kW"]);
      const base_w = now ? Math.max(0, now.base_load_w) : 0;
      boxes.push(meter("◆ Constraining: " + data.ids[cycle.node], facts,
        { limit_w: cycle.limit_w, wish_w: cycle.demand_w + base_w, used_w: cycle.allocated_w + base_w, used: "allocated and base load" }));
    }
    $("meters").replaceChildren(...boxes);
  }

  // ---- moving about ----
  const slider = $("time");
  let shown = NONE;

  function show(position) {
    shown = Math.max(0, Math.min(times.length, position));
    slider.value = shown;
    const frame = shown - 1;
    const cycle = frame < 0 ? null : cycleAt(frame);
    const isEmpty = cycle === null || cycle.outcome === NONE;
    const moment = frame < 0 ? "Before the first rebalance" : short(times[frame]);
    $("now").textContent = moment;
    slider.setAttribute("aria-valuetext", isEmpty ? moment : moment + ", " + data.outcomes[cycle.outcome]);
    $("empty").hidden = !isEmpty;
    $("filled").hidden = isEmpty;
    $("cursor").hidden = frame < 0;
    for (const [id, isEnd] of [["first", shown === 0], ["back", shown === 0], ["last", shown === times.length], ["forth", shown === times.length]]) {
      $(id).disabled = isEnd;
    }
    if (frame >= 0) $("cursor").style.left = times[frame] / Math.max(1, data.end_s) * 100 + "%";
    if (isEmpty) {
      $("empty").textContent = "No rebalance cycle has completed yet. The first is due at " + short(0) + "; until then nothing is allocated.";
      return;
    }
    const tag = element("span", { class: "tag " + CLASSES[cycle.outcome] }, SIGNS[cycle.outcome] + " " + data.outcomes[cycle.outcome]);
    $("outcome").replaceChildren(tag, data.reasons[cycle.reason] + (cycle.node === NONE ? "" : " at " + data.ids[cycle.node])
      + ", cycle " + cycle.cycle + (cycle.t_s === times[frame] ? "" : " of " + short(cycle.t_s)));
    $("sentence").textContent = sentence(cycle, frame);
    const alarms = [overLimits(frame), faultsNow(frame)].filter((words) => words !== "");
    $("alarms").replaceChildren(...alarms.map((words) => element("li", {}, words)));
    $("alarms").hidden = alarms.length === 0;
    const notes = [ordersNow(frame), waitingNow(frame)].filter((words) => words !== "");
    $("notes").replaceChildren(...notes.map((words) => element("li", {}, words)));
    $("notes").hidden = notes.length === 0;
    fillMeters(frame, cycle);
    fillTree(frame, cycle);
  }

  // The last frame at or before a time.
  function positionOf(t_s) {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= t_s) low = middle + 1; else high = middle;
    }
    return low;
  }

  // Frames at which the outcome, its reason, the constraining node or a breach changes.
  const turns = new Set([2, 3, 4, 5].flatMap((column) => cycleColumns[column].frames));
  for (const node of nodes) {
    let was = 0;
    for (const frame of node.columns[7].frames) {
      const is = node.columns[7].at(frame) >> 1;
      if (is !== was) turns.add(frame);
      was = is;
    }
  }
  const turnFrames = [...turns].sort((a, b) => a - b);

  slider.addEventListener("input", () => show(Number(slider.value)));
  $("first").addEventListener("click", () => show(0));
  $("back").addEventListener("click", () => show(shown - 1));
  $("forth").addEventListener("click", () => show(shown + 1));
  $("last").addEventListener("click", () => show(times.length));
  $("turn-back").addEventListener("click", () => show((turnFrames.filter((frame) => frame < shown - 1).pop() ?? -1) + 1));
  $("turn-forth").addEventListener("click", () => show((turnFrames.find((frame) => frame > shown - 1) ?? times.length - 1) + 1));
  // The next moment at that time of day, on the next day again, and round from the end to the start.
  $("goto").addEventListener("submit", (event) => {
    event.preventDefault();
    const [hours, minutes, seconds] = $("clock").value.split(":").map(Number);
    const day = 86400, start = (((data.start_unix_s + data.utc_offset_s) % day) + day) % day;
    const first = ((hours * 3600 + minutes * 60 + (seconds || 0) - start) % day + day) % day;
    const now = shown > 0 ? times[shown - 1] : -1;
    let t_s = first;
    while (t_s <= now) t_s += day;
    show(positionOf(t_s >= data.end_s ? first : t_s));
  });
  $("only").addEventListener("change", fold);
  $("unfold").addEventListener("click", () => { nodes.forEach((node) => { node.isOpen = true; }); fold(); });
  $("fold").addEventListener("click", () => { nodes.forEach((node) => { node.isOpen = false; }); fold(); });
  $("unfold-tools").hidden = !isLarge;

  // Every time on the page leads to its moment.
  document.addEventListener("click", (event) => {
    const moment = event.target.closest(".moment");
    if (!moment) return;
    show(positionOf(Number(moment.dataset.t)));
    if (moment.tagName === "A") {
      event.preventDefault();
      $("status").scrollIntoView();
      slider.focus({ preventScroll: true });
    }
  });

  const drawing = document.querySelector(".lanes svg");
  drawing.parentElement.addEventListener("click", (event) => {
    const box = drawing.getBoundingClientRect();
    const part = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    show(Math.max(1, positionOf(part * data.end_s)));
  });

  $("scrubber").hidden = false;
  $("panel").hidden = false;
  show(positionOf(data.opens_s));
})();
