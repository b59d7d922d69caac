// SPDX-License-Identifier: MIT
/*
 * types.js - the shapes that the model's files share, for tsc: it holds no code.
 *
 * An address or an entry is an unsigned number of 32 bits, `pfn` the number of a frame of
 * 4096 bytes, `i` the number of an event, `since` the event that made a thing as it is: -1
 * before the first event, UNTOLD where no event has told.
 */
/** @import {Chunk} from "./chunk.js" */
/** @import {Field} from "./kinds.js" */
/** @import {Machine} from "./machine.js" */
/** @import {Table} from "./pagetable.js" */
/** @import {Trace} from "./trace.js" */

/* ---- the trace ---- */

/**
 * A record of a trace file (docs/json.md).
 * @typedef {Record<string, any>} Rec
 */

/**
 * @typedef {object} Zone
 * @property {number} id
 * @property {string} name the kernel's
 * @property {number} start its first frame
 * @property {number} n its frames
 * @property {number} min watermarks, in pages
 * @property {number} low
 * @property {number} high
 */
/**
 * A range of addresses [from, to).
 * @typedef {{name: string, kind: string, from: number, to: number}} Region
 */
/**
 * Events are missing before event i; rows: they have rows of kind 0.
 * @typedef {{i: number, lost: number, rows: boolean}} Gap
 */
/** @typedef {{i: number, level: number, msg: string, text: string, implied?: boolean}} Mark */
/**
 * @typedef {{index: number, addr: number, func: string, file: string, line: number, inlined:
 * string}} Site
 */
/** @typedef {{addr: number, end: number, size: number, name: string}} KernelSymbol */
/**
 * What is told of the machine.
 * @typedef {{frames?: number, orders: number, kind?: string[], flags?: string[], regions?: any,
 * [more: string]: any}} MachineInfo
 */
/**
 * The header of a trace, with what the viewer adds to it: what is kept of the columns and
 * snapshots, and of which part of a file it is.
 * @typedef {object} Header
 * @property {string} format
 * @property {number} version
 * @property {any} [kinds]
 * @property {any} [values]
 * @property {any} [machine]
 * @property {any} [layout]
 * @property {any} [zones]
 * @property {any} [clock]
 * @property {any} [events]
 * @property {any} [replay]
 * @property {Kept} [kept]
 * @property {{from: number, to: number, of: number}} [excerpt]
 */
/**
 * One snapshot in `every` is kept; these columns are left out.
 * @typedef {{every?: number, left?: Iterable<string>}} Kept
 */

/**
 * A field's value at event i.
 * @typedef {(i: number) => number} Read
 */
/**
 * The fields of a kind of event by name.
 * @typedef {Record<string, Read>} Fields
 */
/**
 * A test of an event.
 * @typedef {(i: number) => boolean} Test
 */

/* ---- the machine ---- */

/**
 * An area of vmlist: event i made it, by operation `op`, for `want` bytes, called from `site`.
 * @typedef {{addr: number, size: number, flags: number, i: number, op: number, want: number, site: number}} Area
 */
/**
 * The operation of vmalloc that is under way; op -1: none.
 * @typedef {{op: number, size: number, site: number}} Call
 */
/**
 * A block of 2^order frames.
 * @typedef {{pfn: number, order: number}} Block
 */
/**
 * A page of linear addresses that maps a frame.
 * @typedef {{addr: number, pgd: number, linear: boolean}} Mapping
 */
/**
 * What the MMU would do with an address.
 * @typedef {object} Walk
 * @property {number} addr
 * @property {number} pgd the directory it begins at
 * @property {number} slot of the directory
 * @property {number} index of the table
 * @property {number} offset
 * @property {number} pde
 * @property {number} pdeSince
 * @property {number} table its frame, -1: none
 * @property {number} pte
 * @property {number} pteSince
 * @property {boolean} ok does it lead to a page?
 * @property {number} pa where it leads
 * @property {boolean} large is that a page of 4 MiB?
 * @property {boolean} unknown has no event told the entry at which it ends?
 * @property {string} why at which level it ends: "pde", "pte", or ""
 */
/**
 * What is told of each store into an entry, and of each table that comes and goes.
 * @typedef {object} Observer
 * @property {(m: Machine, i: number, pfn: number) => void} directory
 * @property {(m: Machine, pfn: number) => void} gone
 * @property {(m: Machine, pfn: number) => void} emptied
 * @property {(m: Machine, i: number, pfn: number, slot: number, was: number, now: number) => void} stored
 */

/**
 * What an event does to the machine.
 * @typedef {(m: Machine, e: Fields, i: number, trace: Trace) => unknown} Effect
 */
/**
 * Who is shown each event of a replay.
 * @typedef {object} Watch
 * @property {(m: Machine, id: number, e: Fields, i: number) => void} before
 * @property {(m: Machine, id: number, e: Fields, i: number) => void} after
 * @property {(m: Machine, i: number) => void} lost
 */

/* ---- snapshots ---- */

/**
 * What a snapshot holds beside frames and tables.
 * @typedef {object} Rest
 * @property {Int32Array} lists the blocks of all lists, each list ended by -1
 * @property {Int32Array} zoneFree
 * @property {Int32Array} carried
 * @property {Uint8Array} carriedOrder
 * @property {Area[]} areas
 * @property {number} vmPages
 * @property {Map<number, number>} refs
 * @property {number} curPgd
 * @property {boolean} pse
 * @property {boolean} told
 * @property {Uint8Array} counted
 * @property {Call} call
 * @property {number} i the event after which it was taken
 */
/**
 * A snapshot that shares its tables with the machine.
 * @typedef {Rest & {meta: Uint8Array, since: Int32Array, tables: Map<number, Table>,
 * dirs: Map<number, Table>}} Captured
 */
/**
 * Frames of a snapshot; pfn is null if they are all frames.
 * @typedef {{pfn: Int32Array | null, meta: Uint8Array, since: Int32Array}} FrameColumns
 */
/**
 * Tables of a snapshot: see entries() in snapshot.js.
 * @typedef {{gone: number[], made: [number, number][], found: Int32Array, whole: number[],
 * data: Int32Array}} Entries
 */
/**
 * A snapshot in columns: everything (whole), or what differs from `base`.
 * @typedef {Rest & FrameColumns & {whole: boolean, tables: Entries, dirs: Entries,
 * base?: Key | null}} Key
 */
/**
 * What a snapshot leaves for the next one to differ from.
 * @typedef {{i: number, meta: Uint8Array, pfn: Int32Array, tables: Map<number, number> | null,
 * dirs: Map<number, number> | null}} Before
 */

/* ---- judging and deriving ---- */

/**
 * Takes what breaks a rule at event i, about frame pfn if it is about one.
 * @typedef {(i: number, rule: string, text: string, pfn?: number) => void} Say
 */
/** @typedef {{i: number, severity: string, rule: string, text: string, pfn?: number}} Finding */
/**
 * A snapshot of the kernel's; untold: it is of what no event has told.
 * @typedef {{i: number, ok: boolean, untold: boolean}} Verified
 */
/**
 * How often the MMU's answer was the replay's.
 * @typedef {{agree: number, differ: number}} Probes
 */
/**
 * What the first replay makes of a piece of a trace.
 * @typedef {object} Made
 * @property {Key[]} keys
 * @property {any} lod
 * @property {UsedPiece} used
 * @property {Finding[]} hazards
 * @property {Verified[]} checks
 * @property {[number, number][]} unverified
 * @property {Probes} probes
 * @property {Int32Array} asked events in which the MMU answered
 * @property {number} dropped findings that are too many
 */
/**
 * A piece of a trace, and what was made of it.
 * @typedef {{chunk: Chunk, missing: Gap | null, made: Made}} Piece
 */

/* ---- answers ---- */

/**
 * Where an address leads at event i: see translate() in address.js.
 * @typedef {object} Translation
 * @property {number} addr
 * @property {number} i
 * @property {Walk} walk through the directory in use
 * @property {Walk} ref through the reference directory
 * @property {{name: string, kind: string, what: string}} region
 * @property {string} symbol of the kernel, "": none
 * @property {Area | null} area
 * @property {boolean} guard is it the guard page of the area?
 * @property {number} pfn -1: none
 * @property {string} owner of the frame
 * @property {number} since
 */
/**
 * What an event or a thing speaks of.
 * @typedef {{frames: Block[], blocks: {zone: number, order: number, pfn: number}[], pages:
 * Set<number>, va: number | null}} Focus
 */
/**
 * A range of addresses of one kind, as the virtual map shows it.
 * @typedef {{id: string, kind: string, name: string, from: number, to: number, what: string,
 * range: string}} Band
 */
/**
 * Groups of pages that events [from, to) use.
 * @typedef {{from: number, to: number, groups: Uint32Array}} UsedPiece
 */
/** @typedef {Field & {value: any}} FieldValue */

export {};
