/*
 * virtual.js - the linear addresses.  Left, the whole 4 GiB as bands, not to scale;
 * right, the pages of the chosen band.  Only pages that are used at some moment of
 * the chapter have a cell, so the picture stays put while time moves; what is not
 * used is folded away and says how much it is.
 */
import { frameRuns } from "../model/query.js";
import { addr, areaSize, bytes, hex } from "../model/format.js";
import { hatch, scrollBar } from "./theme.js";

const BAND_W = 92;

export class VirtualView {
	constructor() {
		this.band = "vmalloc";
		this.scroll = this.cell = this.total = NaN;
		this.scroll = this.cols = this.x0 = 0;
		this.n = -1;
		this.trace = this.model = this.span = this.bands = this.used = this.rows = this.bandRects = null;
		this.spanId = "";
		this.chosen = false;
	}
	load({ trace, used }) {
		if (this.trace === trace && this.n === trace.n) return;
		this.trace = trace;
		this.n = trace.n;
		this.bands = used.bands;
		this.used = {};
		if (!this.bands.some((x) => x.id === this.band)) this.band = "linear";
	}
	ranges(band) {
		const id = `${band.id}:${this.span}`;
		if (!this.used[id]) {
			this.used[id] = band.id === "linear" || band.id === "gap" ? [] : this.model.used.ranges(band, ...this.span, this.model.seeker.tablesAt(this.span[0] - 1));
		}
		return this.used[id];
	}
	/** Rows of cells for the chosen band: address order, downwards to lower addresses. */
	layout(w, h) {
		const band = this.bands.find((x) => x.id === this.band), gridW = w - BAND_W - 74, rows = [];
		let cols, cell;
		if (band.id === "linear") {
			const n = Math.ceil((band.to - band.from) / 4194304);
			cols = n <= 16 ? 4 : n <= 64 ? 8 : 16;
			cell = Math.max(10, Math.min(34, Math.floor(gridW / cols)));
			for (let s = 0; s < n; s += cols) rows.push({ kind: "pde", first: (band.from >>> 22) + s, n: Math.min(cols, n - s) });
			rows.reverse();
		} else {
			const ranges = this.ranges(band), pages = ranges.reduce((s, [x, y]) => s + y - x, 0);
			const fits = (c) => Math.max(2, Math.min(pages <= 128 ? 30 : 20, Math.floor(gridW / c)));
			cols = 8;
			for (const tryCols of [8, 16, 32, 64].filter((c) => c === 8 || gridW / c >= 4)) { cols = tryCols; if ((pages / tryCols + ranges.length) * fits(tryCols) + ranges.length * 16 < h) break; }
			cell = fits(cols);
			let above = Math.ceil(band.to / 4096);
			for (let r = ranges.length - 1; r >= 0; r--) {
				const [first, end] = ranges[r];
				if (above > end) rows.push({ kind: "fold", pages: above - end });
				const base = first - (first % cols), list = [];
				for (let p = base; p < end; p += cols) list.push({ kind: "pages", base: p, first: Math.max(p, first), n: Math.min(p + cols, end) - Math.max(p, first) });
				rows.push(...list.reverse());
				above = first;
			}
			if (!ranges.length) above = 0;
			if (above > band.from >>> 12) rows.push({ kind: "fold", pages: above - (band.from >>> 12) });
		}
		let y = 6;
		for (const row of rows) { row.y = y; row.h = row.kind === "fold" ? 18 : cell; y += row.h; }
		this.rows = rows; this.cols = cols; this.cell = cell; this.total = y + 6; this.x0 = BAND_W + 72;
		this.scroll = Math.max(0, Math.min(this.scroll, this.total - h));
		return band;
	}
	/** A new chapter shows the vmalloc range if the chapter uses it, else the linear map; a click on a band wins. */
	prepare({ model }, span) {
		this.load(model);
		this.span = span;
		this.model = model;
		const id = String(span);
		if (id === this.spanId) return;
		this.spanId = id;
		if (this.chosen && this.chosen !== id) this.chosen = false;
		if (this.chosen) return;
		const vmalloc = this.bands.find((b) => b.id === "vmalloc");
		this.band = vmalloc && this.ranges(vmalloc).length ? "vmalloc" : "linear";
		this.scroll = 0;
	}
	choose(id) { this.band = id; this.scroll = 0; this.chosen = this.spanId; }
	draw(ctx, w, h, scene) {
		const { palette: p, trace } = scene;
		ctx.fillStyle = p.panel;
		ctx.fillRect(0, 0, w, h);
		const band = this.layout(w, h);
		scene = { ...scene, hoverSlots: new Set([...scene.hoverPages].map((page) => page >>> 10)) };
		this.drawBands(ctx, h, scene);
		ctx.save();
		ctx.beginPath();
		ctx.rect(BAND_W, 0, w - BAND_W, h);
		ctx.clip();
		if (!this.rows.some((r) => r.kind !== "fold")) {
			ctx.fillStyle = p.dim;
			ctx.font = "12px system-ui, sans-serif";
			ctx.textAlign = "left";
			ctx.textBaseline = "top";
			const lines = band.id === "gap" ? [`${bytes(band.to - band.from)} left unmapped:`, "a pointer that runs past the", "linear map faults."] : ["Nothing is mapped here", trace.marks.length ? "in this chapter." : "in this trace."];
			lines.forEach((line, n) => ctx.fillText(line, BAND_W + 14, 14 + 17 * n));
		}
		for (const row of this.rows) {
			const y = row.y - this.scroll;
			if (y > h || y + row.h < 0) continue;
			if (row.kind === "fold") this.drawFold(ctx, row, y, w, scene);
			else if (row.kind === "pde") this.drawSlots(ctx, row, y, scene);
			else this.drawPages(ctx, row, y, scene);
		}
		scrollBar(ctx, w, h, this.total, this.scroll, p);
		ctx.restore();
	}
	drawBands(ctx, h, { palette: p, m, trace, va }) {
		const weights = this.bands.map((b) => (b.id === "vmalloc" ? 3 : b.id === "linear" || b.id === "user" ? 2 : 1.25));
		const sum = weights.reduce((s, x) => s + x, 0);
		let y = 2;
		this.bandRects = [];
		ctx.textAlign = "left";
		this.bands.forEach((b, x) => {
			const bh = ((h - 4) * weights[x]) / sum, on = b.id === this.band, here = va !== null && va >= b.from && va < b.to;
			ctx.fillStyle = on ? (p.dark ? "#1e2a3a" : "#e4eefb") : p.dark ? "#161b23" : "#f6f8fa";
			ctx.fillRect(4, y + 1, BAND_W - 8, bh - 2);
			if (b.id === "gap") { ctx.fillStyle = hatch(ctx, p.faint); ctx.fillRect(4, y + 1, BAND_W - 8, bh - 2); }
			const bar = { vmalloc: p.vm, linear: p.cls[3], user: p.cls[7], fixmap: p.other, kmap: p.zone[2] }[b.id];
			if (bar) { ctx.fillStyle = bar; ctx.fillRect(4, y + 1, 4, bh - 2); }
			if (on || here) { ctx.strokeStyle = here ? p.focus : p.dim; ctx.lineWidth = here ? 2 : 1; ctx.strokeRect(4.5, y + 1.5, BAND_W - 9, bh - 3); }
			ctx.textBaseline = "top";
			ctx.fillStyle = p.text;
			ctx.font = "600 11px system-ui, sans-serif";
			ctx.fillText(b.name, 13, y + 5);
			if (bh > 44) {
				ctx.font = "11px system-ui, sans-serif";
				ctx.fillStyle = p.dim;
				ctx.fillText(bytes(b.to - b.from), 13, y + 19);
				if (b.id === "vmalloc" && bh > 60) {
					ctx.fillText(`${m.areas.length} ${m.areas.length === 1 ? "area" : "areas"}`, 13, y + 33);
					const pages = [`${m.vmPages} pages`, `${m.vmPages} pg`].find((text) => ctx.measureText(text).width <= BAND_W - 21) ?? `${Math.round(m.vmPages / 1000)} k pg`;
					if (bh > 74) ctx.fillText(pages, 13, y + 47);
				}
			}
			if (bh > 26) { ctx.font = "10px ui-monospace, monospace"; ctx.fillStyle = p.dim; ctx.textBaseline = "bottom"; ctx.fillText(addr(b.from), 13, y + bh - 4); }
			this.bandRects.push({ y, h: bh, band: b });
			y += bh;
		});
		ctx.fillStyle = p.line;
		ctx.fillRect(BAND_W, 0, 1, h);
	}
	drawFold(ctx, row, y, w, { palette: p }) {
		ctx.fillStyle = p.dim;
		ctx.font = "10px system-ui, sans-serif";
		ctx.textAlign = "center";
		ctx.textBaseline = "middle";
		const mid = (BAND_W + w) / 2, text = `${bytes(row.pages * 4096)} not used`;
		ctx.fillText(text, mid, y + 9);
		const half = ctx.measureText(text).width / 2 + 8;
		ctx.strokeStyle = p.faint;
		ctx.setLineDash([2, 3]);
		ctx.lineWidth = 1;
		ctx.beginPath();
		ctx.moveTo(BAND_W + 10, y + 9.5); ctx.lineTo(mid - half, y + 9.5);
		ctx.moveTo(mid + half, y + 9.5); ctx.lineTo(w - 10, y + 9.5);
		ctx.stroke();
		ctx.setLineDash([]);
	}
	label(ctx, text, y, p) {
		ctx.fillStyle = p.dim;
		ctx.font = "10px ui-monospace, monospace";
		ctx.textAlign = "right";
		ctx.textBaseline = "middle";
		ctx.fillText(text, this.x0 - 6, y + this.cell / 2);
	}
	inUse(m, first, frames) {
		let used = 0, n = 0;
		for (let pfn = first; pfn < first + 1024 && pfn < frames; pfn++, n++) if (m.meta[pfn] >> 4 !== 1) used++;
		return n ? used / n : 0;
	}
	drawSlots(ctx, row, y, scene) {
		const { m, palette: p, va, trace, hoverSlots } = scene, c = this.cell, dir = m.dirs.get(m.curPgd) ?? m.dirs.get(m.refPgd);
		this.label(ctx, addr((row.first << 22) >>> 0), y, p);
		for (let s = 0; s < row.n; s++) {
			const slot = row.first + s, x = this.x0 + s * c, pde = dir?.entry[slot] ?? 0, large = pde & 0x80;
			ctx.fillStyle = p.cls[1];
			ctx.fillRect(x, y, c - 1, c - 1);
			if (pde & 1) {	// how much of the 4 MiB behind the slot is in use
				const first = large ? pde >>> 12 : (slot << 10) - (trace.layout.page_offset >>> 12), fill = this.inUse(m, first, trace.frames) * (c - 1);
				ctx.fillStyle = p.cls[3];
				ctx.fillRect(x, y + (c - 1) - fill, c - 1, fill);
				if (c >= 20) {
					const high = fill < c * 0.7;	// clear of the filled part
					ctx.fillStyle = p.dark || !high ? "#fff" : p.text;
					ctx.font = "10px ui-monospace, monospace";
					ctx.textAlign = "center";
					ctx.textBaseline = "middle";
					ctx.fillText(large ? "4M" : "4K", x + c / 2 - 0.5, high ? y + Math.min(c / 2, (c - fill) / 2 + 1) : y + c / 2);
				}
			}
			if (hoverSlots.has(slot)) { ctx.strokeStyle = p.hover; ctx.lineWidth = 2; ctx.strokeRect(x, y, c - 1, c - 1); }
			if (va !== null && va >>> 22 === slot) { ctx.strokeStyle = p.focus; ctx.lineWidth = 2; ctx.strokeRect(x, y, c - 1, c - 1); }
		}
	}
	/** What a page is: the name of its look. */
	look(m, trace, at) {
		const area = m.areaAt(at), walk = m.walk(at);
		if (walk.ok) {
			if (at < trace.layout.page_offset) return "user";
			if (walk.pa >>> 12 >= trace.frames || (area && area.flags & 1)) return "device";
			return area ? "mapped" : "other";
		}
		if (!area) return "free";
		return at >= area.addr + area.size - 4096 ? "guard" : "reserved";
	}
	drawPages(ctx, row, y, scene) {
		const { m, palette: p, va, eventPages, hoverPages, trace } = scene, c = this.cell, gap = c >= 6 ? 1 : 0.5;
		if ((row.base / this.cols) % Math.ceil(12 / c) === 0) this.label(ctx, addr((row.base * 4096) >>> 0), y, p);
		const fill = { user: p.cls[7], device: p.other, mapped: p.cls[4], other: p.zone[2], free: p.cls[1], guard: c < 6 ? p.warn : hatch(ctx, p.warn), reserved: p.vm };
		const alpha = { device: 0.6, free: 0.45, reserved: 0.4 };
		const x = (page) => this.x0 + (page - row.base) * c, end = row.first + row.n;
		for (let page = row.first; page < end;) {
			const look = this.look(m, trace, (page * 4096) >>> 0);
			let n = 1;	// small cells of the same look are one stroke of the brush
			if (c < 6) while (page + n < end && this.look(m, trace, ((page + n) * 4096) >>> 0) === look) n++;
			if (look === "reserved" && c >= 6) {
				ctx.strokeStyle = p.vm;
				ctx.lineWidth = 1;
				ctx.strokeRect(x(page) + 0.5, y + 0.5, c - gap - 1, c - gap - 1);
			} else {
				ctx.fillStyle = fill[look];
				ctx.globalAlpha = alpha[look] ?? 1;
				ctx.fillRect(x(page), y, n * c - gap, c - gap);
				ctx.globalAlpha = 1;
			}
			if (c >= 6) this.drawCell(ctx, m, look, (page * 4096) >>> 0, x(page), y, c, gap, p);
			page += n;
		}
		const outline = (page, colour) => { if (page >= row.first && page < end) { ctx.strokeStyle = colour; ctx.lineWidth = 2; ctx.strokeRect(x(page), y, c - gap, c - gap); } };
		if (hoverPages.size < 5000) for (const page of hoverPages) outline(page, p.hover);
		if (va !== null) outline(va >>> 12, p.accent);
		for (const page of eventPages) outline(page, p.focus);
	}
	/** Letter, border and the start of an area, on a cell large enough. */
	drawCell(ctx, m, look, at, x, y, c, gap, p) {
		if (look === "guard") { ctx.strokeStyle = p.warn; ctx.lineWidth = 1; ctx.strokeRect(x + 0.5, y + 0.5, c - gap - 1, c - gap - 1); }
		const letter = { user: "U", device: "I", mapped: "V", other: "M" }[look];
		if (letter && c >= 12) {
			ctx.fillStyle = look === "device" ? p.text : look === "user" ? p.on[7] : p.on[4];
			ctx.font = `600 ${Math.min(11, c - 4)}px ui-monospace, monospace`;
			ctx.textAlign = "center";
			ctx.textBaseline = "middle";
			ctx.fillText(letter, x + c / 2, y + c / 2);
		}
		const area = m.areaAt(at);
		if (area && at === area.addr) { ctx.fillStyle = p.text; ctx.fillRect(x - 1, y, 2, c - gap); }
	}
	/** Where an address's cell is, or null if it has none in sight. */
	cellOf(va, h) {
		for (const row of this.rows ?? []) {
			const slot = row.kind === "pde" ? (va >>> 22) - row.first : row.kind === "pages" ? (va >>> 12) - row.base : -1;
			if (slot < 0 || (row.kind === "pde" ? slot >= row.n : va >>> 12 < row.first || va >>> 12 >= row.first + row.n)) continue;
			const y = row.y - this.scroll;
			return y < 0 || y + this.cell > h ? null : { x: this.x0 + slot * this.cell, y, w: this.cell, h: this.cell };
		}
		return null;
	}
	hit(px, py) {
		if (px < BAND_W) { const b = this.bandRects?.find((r) => py >= r.y && py < r.y + r.h); return b ? { band: b.band } : null; }
		const y = py + this.scroll, row = this.rows?.find((r) => y >= r.y && y < r.y + r.h);
		if (!row || row.kind === "fold") return null;
		const s = Math.floor((px - this.x0) / this.cell);
		if (row.kind === "pde") return s >= 0 && s < row.n ? { va: ((row.first + s) << 22) >>> 0, slot: true } : null;
		const page = row.base + s;
		return s >= 0 && page >= row.first && page < row.first + row.n ? { va: (page * 4096) >>> 0 } : null;
	}
	/** A cell as it is read out. */
	words(m, va) {
		const w = m.walk(va), page = (va & ~4095) >>> 0;
		return `${this.band === "linear" ? "4 MiB from" : "page"} ${addr(page)}, ${w.ok ? `mapped to frame ${hex(w.pa >>> 12)}` : this.look(m, this.trace, page) === "guard" ? "guard page" : "not mapped"}`;
	}
	/** The address one cell on from va's, to the side or to the row above or below; of a va without a cell the nearest that has one; null: nothing has. */
	step(va, key) {
		const rows = (this.rows ?? []).filter((r) => r.kind !== "fold"), bits = rows[0]?.kind === "pde" ? 22 : 12, at = va >>> bits, last = (r) => r.first + r.n - 1;
		if (!rows.length) return null;
		const y = rows.findIndex((r) => at >= r.first), row = rows[y], x = row && at - (row.base ?? row.first);
		let cell = row ? at : rows.at(-1).first;
		if (row && at <= last(row)) {	// rows go down to lower addresses
			const next = { ArrowUp: rows[y - 1], ArrowDown: rows[y + 1] }[key];
			if (next) cell = (next.base ?? next.first) + x;
			else if (key === "ArrowRight") cell = at < last(row) ? at + 1 : rows[y - 1]?.first ?? at;
			else if (key === "ArrowLeft") cell = at > row.first ? at - 1 : rows[y + 1] ? last(rows[y + 1]) : at;
			if (next) cell = Math.max(next.first, Math.min(last(next), cell));
		} else if (row) cell = last(row);
		return cell === at ? va : (cell * 2 ** bits) >>> 0;
	}
	/** Turns to the band above or below the chosen one; returns it. */
	turn(d) {
		const at = this.bands.findIndex((b) => b.id === this.band), band = this.bands[Math.max(0, Math.min(this.bands.length - 1, at + d))];
		this.choose(band.id);
		return band;
	}
	/** Turns to the band an address is in and scrolls to its row. */
	reveal(va, h) {
		const b = this.bands?.find((x) => va >= x.from && va < x.to);
		if (!b) return;
		if (b.id !== this.band && b.id !== "gap") { this.band = b.id; this.scroll = 0; this.rows = null; return; }
		const row = this.rows?.find((r) => r.kind !== "fold" && va >>> (r.kind === "pde" ? 22 : 12) >= r.first && va >>> (r.kind === "pde" ? 22 : 12) < r.first + r.n);
		if (row && (row.y < this.scroll || row.y + row.h > this.scroll + h)) this.scroll = row.y - h / 2;
	}
	static table(m, trace) {
		return { head: ["area", "size", "kind", "pages mapped", "runs of frames", "guard page", "since event"],
			rows: m.areas.map((a) => {
				let mapped = 0;
				for (let at = a.addr; at < a.addr + a.size; at += 4096) if (m.walk(at, m.refPgd).ok) mapped++;
				return [addr(a.addr), areaSize(a), trace.kinds.value("vm_op", a.op) ?? (a.flags & 1 ? "ioremap" : "vmalloc"), String(mapped), String(frameRuns(m, a)), addr(a.addr + a.size - 4096), a.i < 0 ? "before the trace" : "#" + a.i];
			}) };
	}
}
export { hex };
