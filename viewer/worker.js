/*
 * worker.js - reads a trace off the main thread: bytes, gunzip, lines, columns.
 *
 * In: {file: File} or {pieces: [base64 of gzipped lines]} (more may follow; {last: true}
 * ends them).  Out: {records}, {chunk}, {progress}, {bad}, {done}, {failed}.
 */
import { LineParser, buffers } from "./model/parse.js";

let records = [];
const flush = () => { if (records.length) { postMessage({ records }); records = []; } };
let read = 0, total = 0, said = 0;
const progress = () => {
	const now = performance.now();
	if (now - said > 50) { said = now; postMessage({ progress: { read, total } }); }
};

const parser = new LineParser({
	onRecord(rec) { records.push(rec); if (rec.rec === "header" || records.length > 4096) flush(); },
	onChunk(chunk) { flush(); postMessage({ chunk }, buffers(chunk)); },
	onBad(err) { flush(); postMessage({ bad: { message: err.message, line: err.line, byte: err.byte, text: err.text } }); },
});

async function consume(stream, counted) {
	const reader = stream.getReader();
	for (;;) {
		const { value, done } = await reader.read();
		if (done) break;
		if (counted) { read += value.length; progress(); }
		parser.push(value);
	}
}

function counting() {
	return new TransformStream({ transform(chunk, out) { read += chunk.length; progress(); out.enqueue(chunk); } });
}

async function fromFile(file) {
	total = file.size;
	const magic = new Uint8Array(await file.slice(0, 2).arrayBuffer());
	if (magic[0] === 0x1f && magic[1] === 0x8b) {
		if (typeof DecompressionStream === "undefined") throw new Error("this browser cannot unpack gzip (no DecompressionStream): run `gunzip` on the file and open the .jsonl");
		await consume(file.stream().pipeThrough(counting()).pipeThrough(new DecompressionStream("gzip")), false);
	} else {
		await consume(file.stream(), true);
	}
}

function decode64(text) {
	const clean = text.replace(/\s+/g, "");
	if (Uint8Array.fromBase64) return Uint8Array.fromBase64(clean);
	const raw = atob(clean), bytes = new Uint8Array(raw.length);
	for (let x = 0; x < raw.length; x++) bytes[x] = raw.charCodeAt(x);
	return bytes;
}

async function fromPiece(text) {
	const bytes = decode64(text);
	await consume(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")), false);
	read += text.length;
	progress();
}

let queue = Promise.resolve();
const fail = (err) => { flush(); postMessage({ failed: err?.message || String(err) }); close(); };
const finish = () => { parser.end(); flush(); postMessage({ done: true }); close(); };
onmessage = ({ data }) => {
	if (data.file) queue = queue.then(() => fromFile(data.file)).then(finish).catch(fail);
	else if (data.piece !== undefined) { total = data.total; queue = queue.then(() => fromPiece(data.piece)).catch(fail); }
	else if (data.last) queue = queue.then(finish).catch(fail);
};
