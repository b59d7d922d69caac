// SPDX-License-Identifier: MIT
/*
 * query.js - what a view may ask of a trace: the answers' files, under one name.
 */
export * from "./address.js";
export * from "./explain.js";
export { alike, callers, nearest } from "./filter.js";
export * from "./frameinfo.js";
export { zonesFor } from "./framelists.js";
export * from "./parsequery.js";
export * from "./stophere.js";
export * from "./touches.js";
