// SPDX-License-Identifier: MIT
/*
 * tablebits.js - what several of the tables below are made of.
 */
import { h } from "./dom.js";

/**
 * A word that does something.
 * @param {any} text
 * @param {() => void} fn
 */
export const link = (text, fn) => h("button.link", { onclick: fn }, text);

/**
 * In a lecture what comes after the cursor is not listed yet.
 * @param {boolean} some is there such?
 */
export const keptBack = (some) => (some ? h("p.dim", "What comes later is kept back.") : null);
