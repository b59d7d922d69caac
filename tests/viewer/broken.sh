#!/bin/sh
# SPDX-License-Identifier: MIT
# What the page's tests claim is broken on purpose, by small changes of the viewer's
# source, and the claim that guards what was changed must fail: the changes are made in
# a copy, the viewer is built there, and the part of the test is run there, in Chromium.
# Changes that do not hide each other are made at once, as starting takes longest.  A
# claim here is "that test noticed".  Half an hour; BROKEN=PATTERN takes those whose
# name matches.  At the end it lists the claims that no change here made fail.
cd "$(dirname "$0")/../.." || exit 1
. tests/lib/claims.sh
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
tests/viewer/page.sh -e 0 || exit 1	# the test tools, once
copy=$tmp/copy
mkdir -p "$copy/tests" "$copy/build"
cp -r viewer "$copy/viewer"
mkdir "$copy/tests/viewer"
cp tests/viewer/*.mjs tests/viewer/*.sh tests/viewer/*.json "$copy/tests/viewer"
ln -s "$PWD/tests/viewer/node_modules" "$copy/tests/viewer/node_modules"
ln -s "$PWD/include" "$PWD/kernel" "$copy"
cp build/pagescope build/mmsim "$copy/build"	# a report is made of the viewer beside pagescope
export BROWSER=chromium PATIENCE=20000

build() { sh "$copy/viewer/build.sh" "$copy/build/viewer.html" >"$tmp/build.log" 2>&1; }
# run PROGRAM:PART
run() { "$copy/tests/viewer/page.sh" "${1%%:*}.test.mjs" "${1#*:}"; }

# The part on the viewer as it is, once: what fails there notices nothing.
control() {
	grep -qxF "$1" "$tmp/passed" 2>/dev/null && return
	build
	run "$1" >"$tmp/unbroken" 2>&1
	sed -n 's/^ok //p' "$tmp/unbroken" >>"$tmp/claims"
	claim "unbroken: $1" "$(grep '^not ok' "$tmp/unbroken" | head -n 1)" \
		eval 'grep -q "^ok" "$tmp/unbroken" && ! grep -q "^not ok" "$tmp/unbroken"'
	echo "$1" >>"$tmp/passed"
}

unbreak() { rm -r "$copy/viewer"; cp -r viewer "$copy/viewer"; }

# Those of $claims that did not fail: $tmp/missed.
look() {
	run "$part" >"$tmp/noticed" 2>&1
	grep -a '^not ok' "$tmp/noticed" | tee -a "$tmp/failed" >"$tmp/bad"
	echo "$claims" | while read -r pattern; do
		grep -aq "^not ok .*$pattern" "$tmp/bad" || echo "$pattern"
	done >"$tmp/missed"
	[ ! -s "$tmp/missed" ]
}

# broken NAME PROGRAM:PART CLAIM FILE EDIT [FILE EDIT]...: with sed's EDIT of FILE in
# viewer/, that part has to print a "not ok" line that matches CLAIM, and one for each
# other CLAIM on a line of its own.
broken() {
	case $1 in *${BROKEN:-}*) ;; *) return ;; esac
	what=$1 part=$2 claims=$3
	shift 3
	control "$part"
	while [ $# -gt 0 ]; do
		cp "$copy/viewer/$1" "$tmp/kept"
		sed -i "$2" "$copy/viewer/$1"
		if cmp -s "$tmp/kept" "$copy/viewer/$1"; then
			not_ok "$what" "the edit of $1 finds nothing to change"
			unbreak
			return
		fi
		shift 2
	done
	if build; then
		look || look	# twice: with so little patience a pause of the machine ends the test
		claim "$what: $(sed -n '1s/^not ok //p' "$tmp/bad" | cut -c1-100)" \
			"$part did not notice ($(tr '\n' ';' <"$tmp/missed")): $(cat "$tmp/bad" "$tmp/noticed" | head -n 1)" [ ! -s "$tmp/missed" ]
	else
		not_ok "$what" "the viewer does not build: $(grep -m 1 ERROR "$tmp/build.log")"
	fi
	unbreak
}

# ---- opening ----
broken "the welcome, the demo, the replay, the network" page:opening 'how to get one
demo of a whole tour
no snapshot differs
nothing was asked of the network
no error in the console' \
	ui/app.js 's/"Drop a trace here"/"A trace"/' \
	main.js 's/^function start() {/&\n\tfetch("http:\/\/127.0.0.1:8099\/").catch(() => {}); console.warn("hm");/' \
	build.sh "s/default-src 'none'/default-src http:/" \
	model/machine.js 's/^\tm.zoneFree\[zone\] += 1 << order;$/\tm.zoneFree[zone] += 2 << order;/'
broken "the rehearsal is seen" page:opening 'is not seen, read out or reached' style.css 's/visibility: hidden; contain: strict/contain: strict/'
broken "the rehearsal leaves its place" page:opening 'and leaves nothing' ui/app.js 's/if (!this.shown) return;//'
broken "the page is seen before it has anything to show" page:opening 'not seen or reached
where no picture is there soon' ui/app.js 's/^\t\tthis.root.classList.toggle("behind", on);//; s/this.root.inert = on;//'
broken "nothing is said of a slow file" page:opening 'opening: page.waitForSelector' ui/app.js 's/else this.readingTimer = setTimeout(say, READING);//'
broken "the page does not come forward" page:opening 'and then the page comes forward' ui/app.js 's/if (this.front.hidden) return;$/return;/'
broken "tabs in two lines, no bar beside the lists" page:opening 'one line at 1280
a bar says' style.css 's/ and (max-width: 1400px)/ and (max-width: 1200px)/' ui/draw.js 's/if (total <= h + 0.5) return;/return;/'
broken "all but the first events are lost, the header counts those" page:opening 'by the picker with all
jsonl.gz opens too
dropped on the page
header counts what will be there' worker.js 's/chunk(chunk) { flush(); ahead++;/chunk(chunk) { if (chunk.i > 0) return; flush(); ahead++;/' \
	ui/app.js 's/fmt.count(this.model.complete ? trace.n : Math.max(trace.n, trace.expected))/fmt.count(trace.n)/'
broken "no gzip" page:opening 'jsonl.gz opens too' worker.js 's/bytes\[0\] === 0x1f/bytes[0] === 0x1e/'
broken "drops are ignored" page:opening 'opening: Error: waited' ui/app.js 's/if (file) this.loadFile(file);/if (!file) this.loadFile(file);/'
broken "no view is painted" page:opening 'the timeline view is drawn
the virtual view is drawn
the frames view is drawn
the buddy view is drawn' ui/app.js 's/if (c) fn(c); };/if (c \&\& only) fn(c); };/; s/return list.flatMap((only)/return [].flatMap((only)/'
broken "a report is cut, asks the network" page:report 'opens with the trace it carries
of the network by the report' main.js 's/pieces.map((el) => el.textContent))/pieces.map((el) => el.textContent), { range: { from: 0, to: 50000 } })/' main.js 's/^function start() {/&\n\tfetch("http:\/\/127.0.0.1:8099\/").catch(() => {});/' build.sh "s/default-src 'none'/default-src http:/"
broken "a report translates elsewhere" page:report 'gives the same physical address
is translated in the report' ui/app.js 's/pa: x.walk.ok ? x.walk.pa : null/pa: x.walk.ok ? x.walk.pa ^ 4096 : null/' ui/app.js 's/owner: x.owner, region/owner: "", region/'

# ---- keyboard ----
broken "arrows, ends, ?, M" page:keys 'is one event on
is one event back
of the same kind
its heading and its text
is the first event
is the last event
sets A and B
in the address, for a link
lists the keys' \
	ui/keys.js 's/case "ArrowRight": arrow(1)/case "ArrowRight": arrow(2)/' \
	ui/keys.js 's/case "ArrowLeft": arrow(-1)/case "ArrowLeft": arrow(-3)/' \
	ui/keys.js 's/if (e.shiftKey) app.stepTo(same(), d); else if/if/' \
	ui/details.js 's/h("p.story-text", scene.terms ? scene.terms(mark.text) : mark.text)/null/' \
	ui/keys.js 's/case "Home": app.goto(0)/case "Home": app.goto(1)/' \
	ui/keys.js 's/app.goto(app.model.n - 1)/app.goto(app.model.n - 2)/' \
	ui/app.js 's/else { s.b = s.i; if (s.b < s.a)/else { if (s.b < s.a)/' \
	ui/link.js '/^\t\["A",/d' \
	ui/keys.js 's/KEYS.map((\[k, text\])/KEYS.slice(0, 2).map(([k, text])/'
broken "] is [" page:keys 'is the next chapter' ui/keys.js 's/case "\]": app.chapter(1)/case "]": app.chapter(-1)/'
broken "] goes to any heading" features:headings 'go from chapter to chapter' ui/keys.js 's/case "\]": app.chapter(1)/case "]": app.section(1)/'

# ---- explanations ----
broken "the sentence, and as spoken" page:words 'the narration above the views
screen reader' ui/app.js 's/sentence = narrate(trace, i);/sentence = narrate(trace, Math.max(0, i - 1));/' ui/app.js 's/el.live.textContent = `Event ${i}. ${sentence}`/el.live.textContent = `Event ${i}.`/'
broken "one picture for all colourings" features:colours 'each way of colouring' ui/app.js 's/this.state.colourBy = this.el.colourBy.value = by;/this.el.colourBy.value = by;/'
broken "one legend for all colourings" features:colours 'each way of colouring' ui/app.js 's/if (colourBy !== "owner") {/if (false) {/'
broken "a card without text, name, focus; the same event again" features:terms "opens its card
axe finds nothing: a term
goes back to the word
Show me one goes" \
	ui/terms.js 's/h("p", termText(app.model.trace, t))/""/' \
	ui/terms.js 's/: "dialog", "aria-label": name,/: "dialog",/' \
	ui/terms.js 's/^\tback?.focus?.({ preventScroll: true });$//' \
	model/lesson.js 's/for (let j = i + 1; j < trace.n; j++) if (ok(j))/for (let j = i; j < trace.n; j++) if (ok(j))/'
broken "cards by themselves take the focus" features:terms "so does one with the focus" ui/terms.js 's/if (!light) el.querySelector/if (el) el.querySelector/'
broken "none in tables" features:terms "terms: page.hover" ui/terms.js 's/^\t\tif (word) asks(app, word\[0\], head);//'
broken "a card that is pointed at goes, comes again with the focus" features:terms "stays while it is pointed at
goes back to the word" ui/terms.js 's/onpointerenter: () => clearTimeout(timer), //; s/^\tclosing = true;.*/\tclosing = false;/'
broken "no card comes by itself" features:terms "terms: Error: waited" ui/terms.js 's/later(open), pointerleave/later(leave), pointerleave/'
broken "terms without what is this trace's" features:terms "sizes are those of the caches
zone: with the frames
or is said to have none" \
	model/lesson.js 's/(trace.cacheNames?.() ?? \[\])/(trace.cacheNames?.().slice(3) ?? [])/; s/of the frames of this machine ${zoneText(t)}/of the frames of this machine some/' \
	ui/tabs.js 's/none.has(t) ? h("span.dim"/!none.has(t) ? h("span.dim"/'
broken "the ruler asks for the kernel, explains nothing" 'features:what if' 'the ruler refuses
a click says why
axe finds nothing: what if
each rule in the hazards' \
	ui/tabs.js 's/const r = canServe(trace, m, o, gfp)/const r = canServe(trace, m, o, 0x1f0)/' \
	ui/tabs.js 's/onclick: () => pick(o, gfp) }/onclick: () => pick }/' \
	ui/tabs.js 's/"aria-pressed": String(o === state.order/"aria-hidden": "true", &/' \
	ui/tabs.js 's/hazardText(rule))),/"")),/'
broken "the ruler is one order off" 'features:what if' 'grants the order below' ui/tabs.js 's/const r = canServe(trace, m, o, gfp)/const r = canServe(trace, m, o + 1, gfp)/'
broken "watermarks are not looked at" 'features:the rules' 'the ruler foretells' model/why.js 's/if (free <= sum) {/if (false) {/'
broken "the reference directory is not read, and differs" 'features:both' 'the walk shows the process
after the fault they agree' ui/walk.js 's/h("code.raw", addr(r.pde))/h("code.raw", addr(w.pde))/' ui/walk.js 's/same ? "agrees" : "differs"/"differs"/'
broken "nothing is interesting twice" 'features:what is new' 'I goes from one' ui/app.js 's/next = d > 0 ? list.find((x) => x.i > i)/next = d > 0 ? list.find((x) => x.i >= i)/'
broken "interesting, but why; Shift+I" 'features:what is new' 'I goes from one
Shift+I goes back' ui/app.js 's/this.toast(next.why);/this.toast("here");/' ui/keys.js 's/case "I": app.interesting(-1)/case "I": app.interesting(1)/'
broken "playing stands still" 'features:what is new' 'what is new: Error: waited' ui/app.js 's/!this.interesting(1)/!this.interesting(-1)/'

# ---- search ----
broken "another page is translated, no history, no filter" page:translate 'search box is translated
its walk with both entries
with its history
called by its name
a filter lists what matches' \
	ui/search.js 's/h("b", translateText(x))/h("b", translateText({ ...x, guard: false, walk: { ...x.walk, pa: x.walk.pa ^ 4096 } }))/' \
	ui/walk.js 's/raw: w.pte, level/raw: w.pde, level/' \
	model/selection.js 's/this.touching = findEvents(trace, tests.length === 1/this.touching = findEvents(trace, true ? () => false : tests.length === 1/' \
	model/query.js 's/if (x.guard) return/if (false) return/' \
	ui/app.js 's/this.list.setFilter(query ? query.events ?? findEvents(trace, query.test) : null)/this.list.setFilter(null)/'
broken "what is found" features:searching 'kind, order and zone
!= too
where it was inlined
in the words that were typed' \
	model/query.js 's/tests.every((t) => t(i))/tests.some((t) => t(i))/' \
	model/query.js 's/"!=": (v) => v !== want/"!=": (v) => v === want/' \
	model/query.js 's/ || trace.sites.inlined\[x\]?.includes(raw)/ || f.includes("slab")/' \
	ui/search.js 's/Nothing is called “${text}”/Nothing is called so/'
broken "calls, past and future of an address, what is near" features:searching 'site:vmalloc
its past and its future
offers the frame
offers what is near' \
	model/query.js 's/if (inside \&\& x) bits/if (false) bits/' \
	model/query.js 's/out.was = { pfn: b\[j\] >>> 12/out.was = { pfn: c[j] >>> 12/' \
	ui/search.js 's/ask ? this.hit(ask, /false ? this.hit(ask, /' \
	ui/search.js 's/q.near?.map(/[].map(/'
broken "nothing is copied, but not said" 'features:a menu' 'G says' ui/keys.js 's/nothing is copied/never mind/'
broken "Ctrl+Shift+P is not known" features:searching 'Ctrl+Shift+P takes' ui/keys.js 's/e.shiftKey && e.key.toLowerCase() === "p"/false/'
broken "> is not known" features:searching 'so does >' ui/keys.js 's/case ">": app.search.focus(">"); break;//'

# ---- pointer, tabs ----
broken "nothing can be dragged or clicked; no tables" page:pointer 'moves time
selects a frame
have a table twin' ui/app.js 's/^\t\t\tif (mode === "scrub") this.goto(this.timeline.eventAt(x, this.axis()), { quiet: true });$/\t\t\tif (mode === "scrub") ;/' \
	ui/app.js 's/click: (hv) => { this.select({ kind: "frame", pfn: hv.pfn }); this.did("frame"); }/click: () => {}/' ui/app.js 's/if (on) { twin.show("", dataTable(table())); body.append(twin.box); }/if (on) { }/'
broken "all tabs are empty" page:pointer "$(for tab in chapters areas held sites hazards diff lineage lesson terms notes; do echo "the tab $tab has content"; done)" ui/tabs.js 's/^export function renderTab(id, app) {/& return [];/'
broken "the overview" features:overview 'a click in the overview
no error in the console' ui/app.js 's/if (this.frames.jump(x, y))/if (false)/' ui/app.js 's/^\tinvalidate() {/&\n\t\tif (this.state?.sel) console.error("hm");/'
broken "frames lie below the map" features:overview 'there is no frame to click' ui/frames.js 's/^\t\tif (py >= this.h) return -1;/\t\tif (py >= this.h \&\& px > this.w - 60) return 7;/'

# ---- timeline selection, A and B ----
broken "Range is not in the address; net pages of one zone" 'features:a stretch' 'a stretch of time: Error: waited' ui/app.js 's/^\t\tthis.rememberSoon();$//'
broken "net pages of one zone" 'features:a stretch' 'net pages are those' ui/tabs.js 's/s + m.zoneFree\[z.id\], 0)/s + m.zoneFree[1], 0)/'

# ---- two runs ----
broken "no difference, no changing over" 'page:two runs' 'a second run is compared
changing over shows' ui/tabs.js 's/r.hunks.length ? `${fmt.count(r.same)}/false ? `${fmt.count(r.same)}/' ui/keys.js 's/case "`": app.swapRuns(); break;/case "`": break;/'
broken "sides out of step" 'features:two runs' 'both stand at the same event
the first difference
at the same step
tells its own event
arrows go from frame to frame
axe finds nothing: side by side
and one run again' \
	ui/beside.js 's/return this.hold ?? this.result.toB(i);/return this.hold ?? Math.min(i + 1, this.other.model.n - 1);/' \
	ui/beside.js 's/, Math.min(next.a0, /, Math.min(next.a0 + 1, /' \
	ui/beside.js 's/fill(el.sentence, narrate(trace, i));/fill(el.sentence, narrate(app.model.trace, app.state.i));/' \
	ui/keys.js 's/view && inView(app, views,/view \&\& inView(app, app,/' \
	ui/beside.js 's/"aria-label": `${TITLES\[what\] ?? what} of ${name}` });/});/' \
	ui/app.js 's/if (views) views.hidden = false;//'
broken "sides on their own" 'features:two runs' 'moves this one
a click in either
choose blocks of the other' \
	ui/beside.js 's/this.put(i, this.result.toA(i), true);/this.put(i, this.app.state.i, true);/' \
	ui/beside.js 's/selFrames: sel?.frames ?? \[\]/selFrames: []/' \
	ui/keys.js 's/^\t\tbuddy.step(key);$/\t\tapp.buddy.step(key);/'
broken "side by side steps light nothing" 'features:two runs' 'lights the page, run 1' ui/beside.js 's/app.pointWalk(this.el.walk, .*//'
broken "both walks are this run's" 'features:two runs' 'its own run has the page' ui/beside.js 's/fillWalk(el.walk, { model, i,/fillWalk(el.walk, { model: app.model, i: app.state.i,/'
broken "a walk beside, its own run's frame, the counterpart" 'features:two runs' 'from run 1
from run 2
those of its counterpart
each map outlines its frame' ui/beside.js 's/^\t\tapp.lightSteps(el.walk, hover, va);//; s/state.sel && located(m, state.sel), asked/state.sel, asked/; s/: this.result.toB(i); }/: i; }/'
broken "a click selects on the left only" 'features:two runs' 'a click in either' ui/beside.js 's/selFrames: sel?.frames ?? \[\]/selFrames: (this.letter === "l" \&\& sel?.frames) || []/'

# ---- exports ----
broken "pictures, tables, the trace, the focus" features:saving 'virtual addresses as SVG
page-table walk as SVG
physical frames as SVG
buddy free lists as SVG
PNG of a panel
CSV of the free lists
byte for byte
gives the focus back' \
	ui/exports.js 's/^\tpaintElement(el, ctx, app.drawers);$//' \
	ui/exports.js 's/Math.max(2, Math.min(3, devicePixelRatio || 1))/1/' \
	ui/exports.js 's/csv(\[head, ...rows.map(/csv([head, ...rows.slice(1).map(/' \
	ui/exports.js 's/source.file.name, source.file)/source.file.name, source.file.slice(1))/' \
	ui/menu.js 's/back?.focus?.({ preventScroll: true });//'
broken "markup in a picture" features:saving 'in a picture stays text' ui/vector.js 's/"<": "&lt;"/"<": "<"/'
broken "a character XML has not" features:saving 'in a picture stays text' ui/vector.js 's/\\u0020-/\\u0000-/'

# ---- flame graph ----
broken "requests for pages, all listed, held at the beginning" 'features:flame' 'every page handed out
goes to the box below
allocations can be listed
flame graph: Error: waited' \
	model/flame.js 's/(trace.a\[i\] === NONE ? 0 : 1 << trace.o\[i\])/(trace.a[i] === NONE ? 0 : 1)/' \
	ui/flame.js 's/=== d + 1 && q.dataset/=== d + 2 \&\& q.dataset/' \
	ui/flame.js 's/eventsUnder(app.model, path, options)/eventsUnder(app.model, [], options)/' \
	ui/flame.js 's/weight: st.weight, at: app.state.i }/weight: st.weight, at: 0 }/'
broken "a box does not grow" 'features:flame' 'as wide as the graph' ui/flame.js 's/onclick: () => { st.path = names; refresh/onclick: () => { refresh/'
broken "a picture that is a tree of buttons" 'features:flame' 'axe finds nothing: call sites' ui/flame.js 's/role: "group", "aria-label": "flame graph/role: "img", "aria-label": "flame graph/'

# ---- menus, Stop here ----
broken "a menu of no items; the history of nothing" 'features:a menu' 'axe finds nothing: a menu
Explain tells
the menu key' \
	ui/menu.js 's/role: "menuitem"/role: "listitem"/' \
	ui/context.js 's/const select = (sel) => { app.select(sel); app.showDetail("selection"); };/const select = () => {};/' \
	ui/app.js 's/words: sel.text, events: sel.touching,/words: sel.text, events: [],/'
broken "Stop here, of the simulator" 'features:a menu' 'Chromium: a menu of what can be asked:' model/query.js 's/simulated = ofSimulator(trace)/simulated = false/'
broken "the menu key is not known, Explain not there" 'features:a menu' 'a right click on a frame
a menu of what can be asked: ' ui/context.js 's/\["Explain", () => select({ kind: "frame", pfn })\]/null/'
broken "Stop here stays here" 'features:a menu' 'Stop here of an event' ui/context.js 's/app.select(null); app.goto(i); app.showDetail("event"); app.draw();/app.select(null); app.showDetail("event"); app.draw();/'
broken "the menu key is not known" 'features:a menu' 'a menu of what can be asked: ' ui/app.js 's/(sel?.kind === "va" ? { va: sel.va } :/(sel?.kind === "va" ? null :/'

# ---- the map of addresses ----
broken "the map zooms at its corner, only its letters grow, nothing is told of it" 'features:addresses, closer' 'the page under it stays
its pages are cells, and what each is
minus is further, and says so' \
	ui/virtual.js 's/this.shift = (this.column(x) - (at % this.cols) + this.cols) % this.cols;/this.shift = 0;/' \
	ui/virtual.js 's/this.slot < 0 ? "" : `, /true ? "" : `, /' \
	ui/keys.js 's/if (!map) app.say(/if (map) app.say(/'
broken "no double click, no selection in sight" 'features:addresses, closer' 'large enough for the letter
comes into sight' \
	ui/app.js 's/this.virtual.toggle(...at(e))/void e/' \
	ui/virtual.js 's/this.want = va;/this.want = -1;/'
broken "the wheel does not turn, 0 does nothing, no way back" 'features:addresses, closer' 'the wheel alone scrolls
0 is all of it
leads back to the slots' ui/virtual.js 's/if (py < this.head) return/if (false) return/' ui/virtual.js 's/else this.scroll += e.deltaY; }/}/' ui/keys.js 's/key === "0") view.reset();/key === "0") view.w += 0;/'
broken "a band without events, the menu key for the event" 'features:addresses, closer' 'its events
for the band shown' ui/context.js 's/test: touches(trace, from, to)/test: () => false/' ui/app.js 's/? null : { band }; },/? null : null; },/'
broken "the map stays behind the walk" 'features:map and the walk' "the band of the walk's address" ui/virtual.js 's/if (va !== this.va \&\& va !== null/if (false \&\& va !== null/'
broken "the walk looks far back, the map across chapters and over a choice" 'features:map and the walk' "names no address leaves
whatever was spoken of before
was chosen stays" ui/app.js 's/i : this.lastVa(i, 60);/i : this.lastVa(i, f.va === null ? 3000 : 60);/; s/state.sel || this.vaAt >= span\[0\] ? va : null/va/' ui/virtual.js 's/va !== null \&\& !this.chosen)/va !== null)/'
broken "twins of pages that are not there" 'features:twins' 'every page of the process
how much of each
runs of one owner' ui/virtual.js 's/else if (run \&\& run === last) rows.at(-1)\[1\]++;/else if (run === last) continue;/; s/if (m.meta\[pfn\] >> 4 !== FREE) used++;/used++;/'

# ---- tour ----
for act in time frame block va walk copy; do
	broken "the tour misses $act" 'features:the tour' 'the tour of a first visit: Error: waited' ui/app.js "s/^\tdid(what) {/&\n\t\tif (what === \"$act\") return;/"
done
broken "the tour does not begin" 'features:the tour' 'the tour of a first visit: Error: waited' ui/app.js 's/if (this.name === "demo" && stored("tour", "") === "") this.startTour();//'
broken "any act leads on" 'features:the tour' 'nothing but the asked-for act\|the tour of a first visit: ' ui/tour.js 's/if (this.steps\[this.at\]?.act !== what) return;//'
broken "the tour comes again, its button hidden" 'features:the tour' 'axe finds nothing: the tour
does not come again' ui/app.js 's/store("tour", "done");//' ui/tour.js 's/h("button", {/h("button", { "aria-hidden": "true",/'
broken "the tour cannot be skipped" 'features:the tour' 'and can be skipped' ui/tour.js 's/^\t\tthis.card.remove();/\t\tif (this.at === 6) this.card.remove();/'
broken "the tour cannot be asked for" 'features:the tour' 'but when asked for' ui/search.js 's/\["tour", () => app.startTour()\]/["tour", () => {}]/'

# ---- lecture ----
broken "close up for the size it had" 'features:lecture' 'has the event.s frame in sight' ui/app.js 's/this.frames.layout(this.model.trace, w, h);//'
broken "nothing in a lecture" features:lecture 'one panel at a time
and larger letters
why is kept back
axe finds nothing: lecture
what comes next is not in the list' ui/lecture.js 's/el?.classList.add("shown");/void 0;/' ui/lecture.js 's/setScale(innerWidth.*);/setScale(1);/' ui/lecture.js 's/hides(i) { return this.on/hides(i) { return false/' ui/lecture.js 's/h("button", {/h("button", { "aria-hidden": "true",/'
broken "R, clicks on the map, what stays large" features:lecture 'until R shows it
is hit where the event
Y leaves' ui/lecture.js 's/reveal() { this.shownAt = this.app.state.i;/reveal() {/' ui/app.js 's/const hit = (x, y) => hitAt(x \/ scale(), y \/ scale());/const hit = (x, y) => hitAt(x, y);/' ui/lecture.js 's/^\t\tsetScale(1);$//'
broken "the list goes on" features:lecture 'what comes next is not in the list' ui/events.js 's/if (i > this.current && this.hides(i))/if (false)/'

broken "a search tells what comes" features:lecture 'lists none of the later
nor does it tell what one does
nor the statements to come
nor when an address is mapped
nor what is near' ui/search.js 's/const later = app.lecture.later(i + 1)/const later = false/; s/this.app.lecture.later(i) ? "kept back" :/false ? "" :/; s/!this.app.lecture.later(x.i)/true/'

# ---- lessons, links ----
broken "questions on all chapters, a merge too many" features:lessons 'are about its chapter
can be counted in the trace' model/lesson.js 's/const i = from + ((start/const i = ((start/' model/lesson.js 's/choices(rand, String(n), \[n + 1,/choices(rand, String(n + 1), [n,/'
broken "one seed for all" features:lessons 'chapter and seed give' ui/tabs.js 's/questions(app.model, { seed: ls.seed,/questions(app.model, { seed: 1,/'
broken "all answers right, no lesson in a link" features:lessons 'the answers are checked
a link without its trace
shows the same lesson' ui/tabs.js 's/correct: ls.answers\[ls.list.indexOf(x)\] === x.right/correct: true/' ui/app.js 's/ of a trace of ${/ of one of ${/' ui/link.js 's/if (seed) app.lesson = {/if (false) app.lesson = {/'
broken "one chapter for all" features:lessons 'chapter and seed give' ui/tabs.js 's/from: c?.i ?? 0, to })\]/from: 0, to })]/'
broken "right answers not counted, a hidden button" features:lessons 'the answers are checked
axe finds nothing: a lesson' ui/tabs.js 's/ls.answers\[n\] === x.right).length, name/ls.answers[n] >= 0).length, name/' ui/tabs.js 's/h("button", { onclick: () => again(ls.seed + 1) }/h("button", { "aria-hidden": "true", onclick: () => again(ls.seed + 1) }/'
broken "typing is lost where time moves" 'features:notes' 'a note half typed' ui/app.js 's/ \&\& !this.typed?.isConnected//'
broken "a link forgets its note" 'features:notes' 'K copies a link' ui/link.js '/^\t\["note",/d'
broken "a link forgets its moment" 'features:notes' 'K copies a link' ui/link.js 's/app.goto(+q.get("i") || 0, { quiet: true });/app.goto(0);/'

# ---- accessibility ----
broken "a page of no language" page:accessibility 'dark, without a trace
light, without a trace
dark, at an event
light, at an event' index.html 's/<html lang="en"/<html/'
broken "pale letters, light" features:light 'sites, light
whatif, light
hazards, light
lesson, light
terms, light' ui/theme.js 's/dim: "#56606d"/dim: "#8f99a6"/'
broken "few colours" 'page:forced' 'the current event stands out
so does the tab
and what is pressed
the legend has the colours
boxes of the flame graph
axe finds nothing, forced colours' style.css 's/^\t.ev.on, .tabs button/\t.tabs button/' style.css 's/background: CanvasText !important; color: Canvas !important/color: CanvasText/' style.css 's/^\t.legend i { forced-color-adjust: none; }//' style.css 's/^\t.fl, .bit, .drop.over { border: 1px solid CanvasText; }//' ui/app.js 's/"aria-label": "colour frames by", //'
broken "canvases in colours of their own" 'page:forced' "the user's background
lines and marks of" ui/theme.js 's/if (matchMedia(FEW).matches) return few();//'
broken "letters from 11 pixels on, one hatch, none in the legend" 'features:close up' 'letters from 8 pixels
has a hatch of its own
as in the legend' ui/frames.js 's/!plain \&\& (c >= 8 ||/!plain \&\& (c >= 11 ||/' ui/theme.js 's/hatch(ctx, colour, LINES\[owner\])/hatch(ctx, colour)/; s/d="${LINES\[owner\] ?? ""}"/d=""/'
broken "no letters on the canvas" 'features:close up' 'on the canvas too' ui/frames.js 's/data\[k \* 4 + 1\] >> 5 ||/0 ||/'
broken "curves of one kind, no key of events, a ruler that reaches out, bars elsewhere" 'features:the timeline' 'have a key beside them
by their dashes
and so in the key
no label of the ruler
a PNG of a saved page' ui/timeline.js 's/^\t\tthis.drawKinds(.*//; s/gap(z.id, c) ? 0.2 : 1/1/; s/if (!gap(z, c)) ctx/ctx/; s/let last = x0 - 20/let last = x0 - 60/' ui/plot.js 's/= Math.round(f)/= 0/'
broken "a key of what is not there" 'features:the timeline' 'only those there are' ui/timeline.js 's/^\t\t\tif (!n) return;$//'
broken "the system's theme is not followed" features:themes 'theme is followed
and again when' ui/app.js 's/^\t\tonTheme(() => this.setTheme(this.theme));$//'
broken "what is chosen does not hold" features:themes 'until one is chosen' ui/theme.js 's/theme === "system" ? matchMedia/true ? matchMedia/'
broken "small targets, a header and a box that cut" features:targets 'how many snapshots agree
no choice of colour
24 pixels: tab-events
24 pixels: tab-chapters
24 pixels: tab-held
24 pixels: tab-sites' style.css 's/^.ev { contain: strict; display: flex; gap: 10px; height: calc(24/.ev { contain: strict; display: flex; gap: 10px; height: calc(22/' style.css 's/^.fl { position: absolute; height: 24px/.fl { position: absolute; min-height: 20px; height: 20px/' style.css 's/ padding: 4.5px 0; margin: -4.5px 0;//' style.css 's/ .what span:first-child { overflow: hidden; text-overflow: ellipsis; }//' style.css 's/^.view > h2 { white-space/.view > h2 select { max-width: 70px; } &/'
broken "it is wide, and large" page:narrow 'at 1024 pixels
at 640 pixels
under 400 KiB' style.css '$a body { min-width: 1100px; } html { overflow: auto; }' index.html '$r viewer/model/machine.js' index.html '$r viewer/ui/virtual.js'

# ---- broken traces ----
broken "anything is a trace, and markup" 'page:bad input' 'a file of something else is refused
an empty file is refused
another JSON Lines format is refused
a gzip cut in its middle is refused
a trace without an end says so
strings of a hostile trace stay text' \
	ui/loader.js 's/^\t\t\tif (!this.model) throw new Error(`this is not.*$/\t\t\tif (!this.model) return;/' \
	ui/loader.js 's/the file is empty: it holds no trace/no/' \
	model/trace.js 's/if (header?.format !== "pagescope") throw/if (!header) throw/' \
	ui/loader.js 's/else if (msg.failed) this.fail(msg.failed)/else if (msg.failed) this.fail("no")/' \
	model/model.js 's/else if (!trace.end) trace.problems/else if (false) trace.problems/' \
	ui/dom.js 's/el.append(c instanceof Node ? c : document.createTextNode(String(c)));/if (c instanceof Node) el.append(c); else el.insertAdjacentHTML("beforeend", String(c));/'
broken "a complaint about a bad file; it is shown" 'page:bad input' 'breaks nothing
a binary file is refused' ui/app.js 's/cannot be shown: ${message}/is odd: ${message}/' ui/app.js 's/^\twelcome(message) {/&\n\t\tif (message) console.error("hm");/'
broken "one life of a frame is as the other; an area has no pages, a PTE is never cleared" 'features:what can be selected' 'where it is another
all its pages are outlined
its events are the writes to it' model/selection.js 's/else { this.to = j; break; }/else break;/' model/selection.js 's/^\t\t\t\tout.pages.add(at >>> 12);$//' model/selection.js 's/(x === OP.pte_set || x === OP.pte_clear)/x === OP.pte_set/'
broken "selected without its event" 'features:what can be selected' 'a frame is that of its allocation' model/selection.js 's/at = this.lives ? "@" + from : ""/at = ""/'
broken "a call site holds all there is, an event is not kept, Enter does nothing" 'features:what can be selected' 'which has as many blocks
keeps its frame and page outlined
by keyboard, too' model/selection.js 's/s\[at\] === this.site/true/' model/selection.js 's/for (const x of eventFrames(m, f)) frame(x.pfn, x.order);//' ui/app.js 's/if (e.key === "Enter") choose(e);//'
broken "a link keeps colours, not the filter, and opens without the close-up" 'features:a link to what' 'it has the filter
opened, it shows the same' ui/link.js 's/f?.type === "filter" ? f.words/f?.type === "" ? f.words/' ui/link.js 's/if (app.state.zoomIn !== (v !== "0")) app.el.zoomIn.click();//'
broken "a bad line without its beginning" 'states:a bad line' 'a bad line is named
which events are missing
a bad line: Error: waited' ui/loader.js 's/; it begins with “${msg.bad.text}”; read on/; read on/' model/model.js 's/events ${i - lost} to ${i - 1} are missing/events are missing/' model/narrate.js 's/if (!kind && !trace.k\[i\]) return.*//'
broken "the gap, later, and doubt before it" 'states:lost' 'from a gap on
every zone agree again
how many were lost
lost events: Error: waited' model/hazards.js 's/\[...this.unverified, \[i, Infinity\]\]/[...this.unverified, [i + 100, Infinity]]/' model/hazards.js 's/this.owed.delete(rec.zone) && !this.owed.size/this.owed.delete(rec.zone)/' model/model.js 's/if (!x && trace.end?.lost)/if (false)/' ui/app.js 's/find((\[from, to\]) => i >= from && i < to)/find(([, to]) => i < to)/'
broken "crosses for all" 'states:a snapshot' 'where all snapshots agree
one that agrees is none' ui/timeline.js 's/^\t\t\tif (c.ok) continue;//'
broken "crosses without line, hazards without values" 'states:a snapshot' 'at its place on the ruler
a line of its colour
with both values
where kernel and replay part
the header counts it' ui/timeline.js 's/axis.pos(c.i + 0.5)/axis.pos(c.i * 0.9)/' ui/timeline.js 's/^\t\t\trect(ctx, x - 0.5, yS, 1, hS, .*$//' model/hazards.js 's/: the kernel says ${kernel}, the replay ${replay}/: the kernel says ${kernel}/' model/hazards.js 's/x.i > since && x.i < i && x.pfn !== undefined/false/' ui/app.js 's/\[wrong, gap\] = differing(checks)/[wrong, gap] = [0, 0]/'
broken "the table of hazards is short" 'states:a snapshot' 'a snapshot that differs: Error: waited' ui/tabs.js 's/rows: list.slice(0, 500)/rows: list.slice(0, 0)/; s/, hazardText(rule)))/))/'
broken "the MMU's word is not shown" 'states:the MMU' 'the MMU disagrees: Error: waited\|says that the MMU agreed' ui/walk.js 's/out.push(hardware(model, i, va, goto));//'
broken "the MMU's word is far below" 'states:the MMU' 'seen without scrolling' ui/walk.js 's/^\tout.push(hardware(model, i, va, goto));$//; s/^\tif (x.area) out/\tout.push(hardware(model, i, va, goto));\n&/'
broken "the MMU is always right" 'states:the MMU' 'is counted
a hazard at that event' model/hazards.js 's/if (w.ok === !!ok && (!ok || w.pa === phys))/if (true)/'
broken "the walk trusts the MMU" 'states:the MMU' 'the MMU disagrees: Error: waited' model/query.js 's/agree: ok === w.ok && (!ok || .* };$/agree: true };/'
broken "a second trace is read as more of the first; events come twice" 'states:two traces' 'told by line and byte
whole and alone
events that begin anew' model/parse.js 's/if (chunk.i < this.next) return this.another(.*$//; s/rec.rec === "header" && this.headed/false/'
broken "it opens in doubt" 'states:where it opens' 'state is verified
just before
an event that is there' ui/app.js 's/there(i) && !this.gap(i)/i < n/'
broken "a record that is missing" 'states:where it opens' 'told with a dash\|where it opens: ' model/narrate.js 's/kind.fields.every((x) => f\[x.name\] !== undefined)/Object.values(f).every((v) => v !== undefined)/'
broken "a cut is not said" 'states:a trace without' 'a trace that was cut says where' model/model.js 's/else if (!trace.end) trace.problems/else if (false) trace.problems/'
broken "half a gzip is nothing" 'states:a gzip' 'half a gzip shows' ui/loader.js 's/if (early) this.model/if (early) return this.fail("early"); if (early) this.model/'
broken "no version is newer, unknown kinds are not told" 'states:a newer' 'a newer version
a newer format: Error: waited' model/model.js 's/if (trace.newer) trace.problems/if (false) trace.problems/' model/narrate.js 's/const text = kind.text.replace/const text = "Something happens".replace/'
broken "too big, but not how much; another part, not told" 'states:too big' 'how much it needs
only the events asked for
says which part it shows' ui/part.js 's/` about ${about(need)} of memory/` ${about(need)} of memory/; s/range: x || y < n ? { from: x, to: y }/range: x || y < n ? { from: x + 1, to: y }/' model/model.js 's/if (x) trace.problems/if (false) trace.problems/'
broken "too big is not said" 'states:too big' 'how much it needs' ui/app.js 's/needs(header) <= allowance()/true/'
broken "a CSV of so many, that goes on" 'states:less of it' 'also beyond 200,000
all of them
with less of it kept: Error: waited' ui/exports.js 's/{ index, length } = app.list,/{ index, length } = { index: app.list.index, length: Math.min(app.list.length, 200000) },/; s/if (!says.isConnected)/if (!says)/'
broken "Cancel does not cancel" 'states:cancelling' 'Cancel ends the loading' ui/app.js 's/onclick: () => { this.loader.cancel(); this.welcome(); }/onclick: () => {}/'
broken "a complaint about a cancel" 'states:cancelling' 'no error in the console' ui/app.js 's/^\twelcome(message) {/&\n\t\tconsole.warn("hm");/'
broken "no word about symbols" 'states:no symbols' 'without symbols\|no symbols: Error' ui/tabs.js 's/?? nameless(trace), /?? null, /'
broken "no area near in time" features:searching 'those nearest in time' ui/search.js 's/if (made \&\& !m.areas.length) for/if (false) for/'
broken "no bar" 'states:a long reading' 'and by a bar' ui/app.js 's/this.loadingBar.style.width = .*/;/'
broken "nothing near" 'states:no result' 'offers the nearest' ui/search.js 's/this.shown(nearest(trace, q, i),/this.shown([],/'
broken "no gunzip of its own" 'states:no gunzip' 'no gunzip' worker.js 's/bytes\[0\] === 0x1f/bytes[0] === 0x1e/'

# ---- truth ----
broken "free pages not counted, areas that stay, stores unseen" truth:model 'tour: and the kernel
tour: free lists, areas
lessons-flush: free lists' model/machine.js 's/^\tm.zoneFree\[zone\] += 1 << order;$/\tm.zoneFree[zone] += 2 << order;/' model/machine.js 's/if (at >= 0 && m.areas\[at\].addr === addr) m.ownAreas().splice(at, 1);//' model/machine.js 's/^\t\tif (old === undefined || !((old ^ value) & ~0x60)) return null;/\t\treturn null;/'
broken "the page translates elsewhere, walks elsewhere" truth:page 'translations as pagescope
Chromium: Error: waited' ui/app.js 's/pa: x.walk.ok ? x.walk.pa : null/pa: x.walk.ok ? x.walk.pa ^ 4096 : null/' ui/walk.js 's/raw: w.pte, level/raw: w.pde, level/'
broken "the page lists one block less; gap and losses" truth:page 'tells the free lists
unsure from the event
how many are missing
no error in the console' ui/app.js 's/orders: Array.from({ length: 10 }, (_, o) => m.list(z.id, o)) }/orders: Array.from({ length: 10 }, (_, o) => m.list(z.id, o).slice(1)) }/' model/hazards.js 's/\[...this.unverified, \[i, Infinity\]\]/[...this.unverified, [i + 1, Infinity]]/' model/model.js 's/if (!x && trace.end?.lost)/if (false)/' main.js 's/^function start() {/&\n\tconsole.warn("hm");/'
broken "the box tells another page" truth:page 'Chromium: Error: waited' ui/search.js 's/h("b", translateText(x))/h("b", translateText({ ...x, guard: false, walk: { ...x.walk, pa: x.walk.pa ^ 4096 } }))/'

touch "$tmp/failed"
sort -u "$tmp/claims" | while read -r name; do
	grep -qF "not ok $name" "$tmp/failed" || echo "# never failed: $name"
done
echo "# $(sort -u "$tmp/claims" | grep -c .) claims in the parts that were run"
[ "$fails" -eq 0 ]
