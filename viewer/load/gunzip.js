// SPDX-License-Identifier: MIT
/*
 * gunzip.js - unpacks gzip piece by piece, with pako's port of zlib.
 *
 * A gzip file is one member or several, one behind the other, perhaps padded with zeros.
 * Each member is inflated by itself, because what follows a member decides: another
 * member is read on, zeros are skipped, anything else is counted in `garbage` and left.
 * All output goes through one buffer.  The browsers' DecompressionStream allocates each
 * block anew, and it cannot tell a cut file from a damaged one.
 */
import {
	Z_BUF_ERROR,
	Z_NO_FLUSH,
	Z_OK,
	Z_STREAM_END,
	ZStream,
	zlibInflate,
	zlibInflateInit2,
	zlibInflateReset,
} from "pako";

const BLOCK = 1 << 16;
/** zlib's window bits for: gzip and nothing else, its checksum verified. */
const GZIP_ONLY = 31;
/** @type {Record<string, string>} what zlib says, in words of ours */
const REASONS = {
	"incorrect header check": "it does not begin as one",
	"incorrect data check": "its checksum is wrong",
	"incorrect length check": "its length is wrong",
};
/** What zlib says of bytes that are no gzip header. */
const NO_HEADER = [
	"incorrect header check",
	"unknown compression method",
	"unknown header flags set",
];

/** @param {string} reason */
const unreadable = (reason) => new Error(`not a whole gzip file: ${reason}`);

export class Gunzip {
	/**
	 * onBlock(bytes) is given what was unpacked; the bytes are valid until it returns.
	 * @param {(bytes: Uint8Array) => void} onBlock
	 */
	constructor(onBlock) {
		this.onBlock = onBlock;
		this.stream = new ZStream();
		zlibInflateInit2(this.stream, GZIP_ONLY);
		this.output = new Uint8Array(BLOCK);
		this.members = 0; // that are complete
		this.inMember = false;
		/** Bytes behind the last member that are neither zeros nor another member. */
		this.garbage = 0;
	}

	/**
	 * Takes the next bytes of the file; throws if they cannot be gzip.
	 * @param {Uint8Array} bytes
	 */
	push(bytes) {
		const { stream } = this;
		stream.input = bytes;
		stream.next_in = 0;
		stream.avail_in = bytes.length;
		while (stream.avail_in) {
			if (this.garbage) {
				this.garbage += stream.avail_in;
				return;
			}
			if (this.inMember || this.begin()) this.inflate();
		}
	}

	/** No more bytes will come; throws if the last member is not complete. */
	end() {
		if (this.inMember || !this.members) throw unreadable("it ends early");
	}

	/** Begins a member at the next byte that is not padding; false if there is none. */
	begin() {
		const { stream } = this;
		if (this.members) {
			while (stream.avail_in && !stream.input[stream.next_in]) {
				stream.next_in++;
				stream.avail_in--;
			}
			zlibInflateReset(stream);
		}
		this.inMember = stream.avail_in > 0;
		return this.inMember;
	}

	/** Inflates to the end of the input or of the member. */
	inflate() {
		const { stream } = this;
		let status;
		do {
			stream.output = this.output;
			stream.next_out = 0;
			stream.avail_out = BLOCK;
			status = zlibInflate(stream, Z_NO_FLUSH);
			if (stream.next_out) this.onBlock(this.output.subarray(0, stream.next_out));
		} while (status === Z_OK && (stream.avail_in || !stream.avail_out));
		if (status === Z_STREAM_END) {
			this.members++;
			this.inMember = false;
		} else if (status !== Z_OK && status !== Z_BUF_ERROR) this.refuse();
	}

	/** Behind a whole member, bytes that are no header are garbage; all else is an error. */
	refuse() {
		const { stream } = this;
		if (!this.members || !NO_HEADER.includes(stream.msg)) {
			throw unreadable(REASONS[stream.msg] ?? stream.msg);
		}
		this.garbage = stream.total_in;
		this.inMember = false;
	}
}
