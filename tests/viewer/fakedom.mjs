// SPDX-License-Identifier: MIT
/*
 * fakedom.mjs - as much of a document as the views need to be drawn under node: elements that
 * keep what is put into them.  It has no page: who looks for an element in it is told so.
 */
class FakeNode {
	get textContent() {
		return "";
	}
}
class FakeText extends FakeNode {
	constructor(data) {
		super();
		this.data = data;
		this.nodeType = 3;
	}
	get textContent() {
		return this.data;
	}
}

export class FakeElement extends FakeNode {
	constructor(tag) {
		super();
		Object.assign(this, { tagName: tag.toUpperCase(), nodeType: 1, className: "", id: "" });
		Object.assign(this, { childNodes: [], attributes: {}, dataset: {}, hidden: false });
		this.style = { setProperty: (name, v) => (this.style[name] = v) };
		this.isConnected = true;
	}
	append(...list) {
		for (const x of list) this.childNodes.push(x instanceof FakeNode ? x : new FakeText(x));
	}
	replaceChildren(...list) {
		this.childNodes = [];
		this.append(...list);
	}
	setAttribute(name, v) {
		this.attributes[name] = String(v);
		const [, key] = /^data-(.*)$/.exec(name) ?? [];
		if (key) this.dataset[key] = String(v);
	}
	addEventListener() {}
	/** Of a canvas: takes a picture, and gives none. */
	getContext() {
		return { canvas: this, putImageData() {}, drawImage() {} };
	}
	toDataURL() {
		return "data:,";
	}
	get children() {
		return this.childNodes.filter((x) => x.nodeType === 1);
	}
	get textContent() {
		return this.childNodes.map((x) => x.textContent).join("");
	}
	set textContent(text) {
		this.childNodes = [new FakeText(text)];
	}
	get classList() {
		const list = this.className.split(" ").filter(Boolean);
		return {
			contains: (name) => list.includes(name),
			remove: (name) => this.classList.toggle(name, false),
			toggle: (name, on) => {
				const rest = list.filter((x) => x !== name);
				this.className = [...rest, ...(on ? [name] : [])].join(" ");
			},
		};
	}
	contains(other) {
		return other === this || this.children.some((x) => x.contains(other));
	}
	/** "tag", ".class" or "tag.class", of several the first that fits. */
	matches(selector) {
		return selector.split(/, */).some((one) => {
			const [tag, ...classes] = one.split(".");
			return (
				(!tag || tag.toUpperCase() === this.tagName) &&
				classes.every((name) => this.classList.contains(name))
			);
		});
	}
	querySelectorAll(selector) {
		return this.children.flatMap((x) => [
			...(x.matches(selector) ? [x] : []),
			...x.querySelectorAll(selector),
		]);
	}
	querySelector(selector) {
		return this.querySelectorAll(selector)[0] ?? null;
	}
}

const none = (what) => () => {
	throw new Error(`${what}: a view looks into the page`);
};

/** Puts the document in place of the browser's; before the views are imported. */
export function install() {
	Object.assign(globalThis, {
		Node: FakeNode,
		addEventListener() {},
		matchMedia: () => ({ matches: false, addEventListener() {} }),
		ImageData: class {
			constructor(w, h) {
				Object.assign(this, {
					width: w,
					height: h,
					data: new Uint8ClampedArray(w * h * 4),
				});
			}
		},
		document: {
			createElement: (tag) => new FakeElement(tag),
			createElementNS: (_, tag) => new FakeElement(tag),
			createTextNode: (text) => new FakeText(text),
			activeElement: null,
			querySelector: none("querySelector"),
			querySelectorAll: none("querySelectorAll"),
			getElementById: none("getElementById"),
			get body() {
				return none("body")();
			},
		},
	});
}
