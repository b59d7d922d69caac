// SPDX-License-Identifier: MIT
/* maths.js - build.sh has these stand for Math.max and so on: 3 KB of the file. */
export const { max: $max, min: $min, floor: $floor, round: $round, ceil: $ceil, abs: $abs } = Math;
