// Package drawtest has a leave of the shipped policy as people read it: its cards, forms, lists and notices, made as the program makes
// them and in the words of the real definition. The golden files of every chat are drawn from it, so that looking them over is looking
// over what people read.
//
// Nothing here is stored or sent. A chat's own tests add what only that chat has, as its escapes.
package drawtest
