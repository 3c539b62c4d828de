// Package picture draws charts that are read on a phone: PNGs with large letters, 900 pixels wide, in Chinese and Latin letters alike.
//
// It knows no texts and no units. Whoever asks for a chart gives its words in the reader's language, and says how a value is written, so
// that money stays an integer until it is a width in pixels. What is drawn can be heard too: Bars.Picture writes an alternative text from
// the same values.
//
// Ranked and Stacked bring sums into the order in which a chart shows them, and Panels puts several charts into one picture. To add a chart
// of another form, give it a type and a Picture of its own beside Bars.
package picture
